-- Keep leases alive.
--
-- ARGV[1] pool, [2] group, [3] consumer, then entry id, job id and generation by turns
--
-- Returns 1 per lease that is still the caller's, 0 per lease that is lost.
local answers = {}
for i = 4, #ARGV, 3 do
  local mine = redis.call('HGET', job_key(ARGV[i + 1]), 'g') == ARGV[i + 2]
    and holds(ARGV[1], ARGV[2], ARGV[3], ARGV[i])
  if mine then redis.call('XCLAIM', stream_key(ARGV[1]), ARGV[2], ARGV[3], 0, ARGV[i], 'JUSTID') end
  answers[#answers + 1] = mine and 1 or 0
end
return answers
