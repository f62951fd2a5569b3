-- Leave something alone for a while that keeps failing; all replicas share what is known of it.
--
-- ARGV[1] its name
-- ARGV[2] what is told or asked: enter, failed, worked, left
-- ARGV[3] who asks: a token of its own for each call
-- ARGV[4] now in ms
-- enter:  ARGV[5] ms for which one call may try it after a rest, before another may
-- failed: ARGV[5] failures in a row that open it; ARGV[6] ms of rest
--
-- :breaker:<name>   hash   n failures in a row; u rests until (ms), left out: it is used; p who tries it; e until (ms)
--
-- enter returns 0 when the call may go, else the ms to wait; the others return 0.
local key = P .. ':breaker:' .. ARGV[1]
local what, who, now = ARGV[2], ARGV[3], tonumber(ARGV[4])

if what == 'worked' then
  redis.call('DEL', key)
elseif what == 'left' then
  if redis.call('HGET', key, 'p') == who then redis.call('HDEL', key, 'p', 'e') end
elseif what == 'failed' then
  local failures = redis.call('HINCRBY', key, 'n', 1)
  if failures >= tonumber(ARGV[5]) then
    local rests = math.max(tonumber(redis.call('HGET', key, 'u') or '0'), now + tonumber(ARGV[6]))
    redis.call('HSET', key, 'u', string.format('%.0f', rests))
    -- An old call's failure says nothing of the one that tries it now.
    if redis.call('HGET', key, 'p') == who then redis.call('HDEL', key, 'p', 'e') end
  end
  -- A failure of long ago is none in a row; a rest never outlives its key.
  redis.call('PEXPIRE', key, tonumber(ARGV[6]) + 3600000)
else
  local held = redis.call('HMGET', key, 'u', 'e')
  if not held[1] then return 0 end
  local waits = math.max(tonumber(held[1]), tonumber(held[2] or '0')) - now
  if waits > 0 then return math.ceil(waits) end
  redis.call('HSET', key, 'p', who, 'e', string.format('%.0f', now + tonumber(ARGV[5])))
end
return 0
