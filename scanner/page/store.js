// What the page keeps on the device: a few named values, the history, and the
// checks that wait to be sent. All of it in IndexedDB, none of it in cookies.

const NAME = "yizheng-scan";
let opening;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("values");
      db.createObjectStore("history", { keyPath: "id" }).createIndex("at", "at");
      db.createObjectStore("queue", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function within(store, mode, act) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

// unkept are the values that the device did not take, being full or not allowed
// to keep any: they count until the page is closed.
const unkept = new Map();

export const isFull = () => unkept.size > 0;

// opens says whether the device lets this page keep anything.
const opens = () => database().then(() => true, () => false);

// value gives what is kept under a name; nothing where the device keeps nothing.
export async function value(name) {
  if (unkept.has(name)) return unkept.get(name);
  return (await opens()) ? within("values", "readonly", (s) => s.get(name)) : undefined;
}

export const keep = (name, v) => keepTogether({ [name]: v });

// keepTogether keeps all of some named values on the device or none, in which
// case they count until the page is closed. It says whether they were kept.
export async function keepTogether(values) {
  const named = Object.entries(values);
  try {
    await within("values", "readwrite", (s) => named.forEach(([name, v]) => s.put(v, name)));
    for (const [name] of named) unkept.delete(name);
    return true;
  } catch {
    for (const [name, v] of named) unkept.set(name, v);
    return false;
  }
}

// keepAgain tries to keep what the device did not take before.
export async function keepAgain() {
  for (const [name, v] of [...unkept]) await keep(name, v);
}

export const put = (store, record) => within(store, "readwrite", (s) => s.put(record));
export const get = (store, id) => within(store, "readonly", (s) => s.get(id));
export const all = async (store) => ((await opens()) ? within(store, "readonly", (s) => s.getAll()) : []);
export const remove = (store, id) => within(store, "readwrite", (s) => s.delete(id));
export const clear = (store) => within(store, "readwrite", (s) => s.clear());

// newest gives the latest entries of the history, the newest first.
export async function newest(most) {
  if (!(await opens())) return [];
  const db = await database();
  return new Promise((resolve, reject) => {
    const found = [];
    const request = db.transaction("history").objectStore("history").index("at").openCursor(null, "prev");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor || found.length >= most) return resolve(found);
      found.push(cursor.value);
      cursor.continue();
    };
  });
}
