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

export const value = (name) => within("values", "readonly", (s) => s.get(name));
export const keep = (name, v) => within("values", "readwrite", (s) => s.put(v, name));
export const put = (store, record) => within(store, "readwrite", (s) => s.put(record));
export const get = (store, id) => within(store, "readonly", (s) => s.get(id));
export const all = (store) => within(store, "readonly", (s) => s.getAll());
export const remove = (store, id) => within(store, "readwrite", (s) => s.delete(id));
export const clear = (store) => within(store, "readwrite", (s) => s.clear());

// newest gives the latest entries of the history, the newest first.
export async function newest(most) {
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
