-- Keep what an open ticket says for those who compare tickets, or that it has left.
--
-- ARGV[1] the ticket, [2] what is kept of it; empty: it has left
-- ARGV[3] its name in the list of forgotten ones; empty where it is not known
-- ARGV[4] how many tickets are kept, [5] for how long (us)
--
-- Who reads on from a mark learns of every change after it. A ticket that has left stays for that as an id
-- without words. Returns 1 when something has changed.
local at, said = P .. ':open:at', P .. ':open'
if ARGV[2] == '' then
  if redis.call('HDEL', said, ARGV[1]) == 0 then return 0 end
else
  if ARGV[3] ~= '' and redis.call('SISMEMBER', P .. ':open:forgotten', ARGV[3]) == 1 then return 0 end
  if redis.call('HGET', said, ARGV[1]) == ARGV[2] then return 0 end
  redis.call('HSET', said, ARGV[1], ARGV[2])
end
-- By the server's own clock, and never twice the same: who reads on must not miss what came late.
local mark = now_us()
local newest = redis.call('ZRANGE', at, -1, -1, 'WITHSCORES')[2]
if newest and tonumber(newest) >= mark then mark = tonumber(newest) + 1 end
redis.call('ZADD', at, mark, ARGV[1])
local old = redis.call('ZRANGE', at, 0, -1 - tonumber(ARGV[4]))
for _, each in ipairs(redis.call('ZRANGEBYSCORE', at, '-inf', mark - tonumber(ARGV[5]), 'LIMIT', 0, 100)) do
  table.insert(old, each)
end
for _, each in ipairs(old) do
  redis.call('ZREM', at, each)
  redis.call('HDEL', said, each)
end
return 1
