-- Remember what became of suggestions on one ticket, and that the ticket has something to teach.
--
-- ARGV[1] the ticket, [2] the lesson, [3] how many outcomes of a kind are kept, [4] how many lessons
-- then    by outcome: what kind it is, when it was (ms), the outcome
--
-- Of one ticket the latest outcome of a kind counts; one that comes late, or twice, changes nothing.
for i = 5, #ARGV, 3 do
  local key = P .. ':outcomes:' .. redis.sha1hex(ARGV[i])
  local known = redis.call('ZSCORE', key .. ':at', ARGV[1])
  if not known or tonumber(known) <= tonumber(ARGV[i + 1]) then
    redis.call('SADD', P .. ':outcomes', ARGV[i])
    redis.call('ZADD', key .. ':at', ARGV[i + 1], ARGV[1])
    redis.call('HSET', key, ARGV[1], ARGV[i + 2])
    for _, old in ipairs(redis.call('ZRANGE', key .. ':at', 0, -1 - tonumber(ARGV[3]))) do
      redis.call('ZREM', key .. ':at', old)
      redis.call('HDEL', key, old)
    end
  end
end
-- By the server's own clock: who reads on from where they stopped must not miss what came late.
redis.call('ZADD', P .. ':lessons', now_us(), ARGV[2])
redis.call('ZREMRANGEBYRANK', P .. ':lessons', 0, -1 - tonumber(ARGV[4]))
return 1
