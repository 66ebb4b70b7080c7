-- One use of a token: KEYS[1] is the token, KEYS[2] since when tokens are
-- remembered, in milliseconds of the server; ARGV[1] is the token's life, ARGV[2]
-- whose use it is. Gives first, also to whose it is already, used, or unknown when
-- memory does not reach back to where the token may have been made.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ttl = tonumber(ARGV[1])
local held = redis.pcall('GET', KEYS[2])
local since = type(held) == 'string' and tonumber(held) or nil
if not (since and since > 0 and since <= now) then
  since = now
  redis.call('SET', KEYS[2], string.format('%.0f', since))
end
local owner = redis.pcall('GET', KEYS[1])
if owner then
  return owner == ARGV[2] and 'first' or 'used'
end
if now - since < ttl then
  return 'unknown'
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ttl)
return 'first'
