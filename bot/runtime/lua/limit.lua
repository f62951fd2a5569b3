-- Take one call from a budget that all replicas share (generic cell rate algorithm).
--
-- ARGV[1] name of the budget
-- ARGV[2] ms between two calls at the steady rate
-- ARGV[3] ms of calls that may be taken ahead: the burst
--
-- Returns 0 when the call may go, else the ms to wait; a refused call takes nothing.
-- A call sent twice takes twice, which only makes us slower.
local key = P .. ':limit:' .. ARGV[1]
local t = redis.call('TIME')
local at = t[1] * 1000 + math.floor(t[2] / 1000)
local every, ahead = tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(tonumber(redis.call('GET', key) or '0'), at)
local early = due + every - ahead - at
if early > 0 then
  return early
end
redis.call('SET', key, string.format('%.0f', due + every), 'PX', ahead + every)
return 0
