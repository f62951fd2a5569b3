-- List dead letters, oldest first. Reads only.
--
-- ARGV[1] first, [2] last (as in ZRANGE), and nothing more: all of these, without their data
-- ARGV[3] a job id: only this one, with its data; the first two do not count then
--
-- Returns {id, kind, lane, pool, attempts, why, accepted (ms), died (us), bytes[, data]} per letter.
local found = {}
if ARGV[3] then
  local at = redis.call('ZSCORE', P .. ':dead', ARGV[3])
  if at then found = {ARGV[3], at} end
else
  found = redis.call('ZRANGE', P .. ':dead', ARGV[1], ARGV[2], 'WITHSCORES')
end
local rows = {}
for i = 1, #found, 2 do
  local key = job_key(found[i])
  local job = redis.call('HMGET', key, 'k', 'l', 'q', 'n', 'e', 'a')
  if job[1] then
    local row = {found[i], job[1], job[2], job[3], job[4], job[5] or '', job[6], found[i + 1],
      redis.call('HSTRLEN', key, 'd')}
    if ARGV[3] then row[10] = redis.call('HGET', key, 'd') end
    rows[#rows + 1] = row
  end
end
return rows
