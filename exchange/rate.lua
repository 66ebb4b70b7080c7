-- The generic cell rate algorithm, as Rate.conform: KEYS[1] holds when the
-- client will have paid, in microseconds; ARGV are what a request uses up and
-- by how much a client may be ahead. Gives the time to wait and the server's
-- time. What is no number, or impossible, counts for nothing.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.pcall('GET', KEYS[1])
local due = type(held) == 'string' and tonumber(held) or now
if not (due >= now and due <= now + limit) then
  due = now
end
local wait = due + interval - limit - now
if wait > 0 then
  return {wait, now}
end
local due_next = due + interval
redis.call('SET', KEYS[1], string.format('%.0f', due_next), 'PX', math.ceil((due_next - now) / 1000))
return {0, now}
