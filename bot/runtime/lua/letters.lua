-- Act on dead letters.
--
-- ARGV[1] 'replay' or 'drop', then the ids; without ids, all of them
--
-- Returns how many. Replayed letters go to the end of their lanes, in the order in which they died, which is
-- the order in which they stood in the lane.
local order = {}
if #ARGV == 1 then
  order = redis.call('ZRANGE', P .. ':dead', 0, -1)
else
  local died = {}
  for i = 2, #ARGV do
    local at = redis.call('ZSCORE', P .. ':dead', ARGV[i])
    if at and not died[ARGV[i]] then
      died[ARGV[i]] = tonumber(at)
      order[#order + 1] = ARGV[i]
    end
  end
  table.sort(order, function(a, b) return died[a] < died[b] end)
end
for _, id in ipairs(order) do
  redis.call('ZREM', P .. ':dead', id)
  if ARGV[1] == 'drop' then
    redis.call('DEL', job_key(id))
  else
    local job = redis.call('HMGET', job_key(id), 'l', 'q')
    if job[2] then
      redis.call('HSET', job_key(id), 'n', 0)
      redis.call('HDEL', job_key(id), 'f', 'e')
      dispatch(id, job[1], job[2])
    end
  end
end
return #order
