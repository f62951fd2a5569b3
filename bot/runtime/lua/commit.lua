-- Commit one decision: document, look-ups, follow-up jobs, audit records and the end of the job that caused it.
-- All of it, or nothing.
--
-- ARGV[1]  'finish' (end the job), 'fenced' (the job goes on) or 'free' (there is no job)
-- ARGV[2]  pool, [3] group, [4] entry, [5] job id, [6] generation: the lease; empty when 'free'
-- ARGV[7]  for how long an ended job is remembered (ms)
-- ARGV[8]  document key, empty for none, [9] the version the caller read, [10] the new document,
-- ARGV[11] token of this very commit, [12] life of the document (ms), 0 for ever
-- ARGV[13] how many look-ups, [14] how many audit records
-- then     the look-ups (name, field, value; an empty value removes), the audit records,
--          and the follow-up jobs, eight arguments each (lib.lua)
--
-- Returns 'done'; 'conflict' when somebody committed that document in between: read again and decide again;
-- 'lost' when the job is no longer the caller's. Sending the same call twice commits once and says 'done' twice.
local mode, pool, group, entry, id, generation = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local doc, version, token = P .. ':doc:' .. ARGV[8], tonumber(ARGV[9]), ARGV[11]
local lookups, records = tonumber(ARGV[13]), tonumber(ARGV[14])

local lane = ''
if mode ~= 'free' then
  local job = redis.call('HMGET', job_key(id), 'g', 'l')
  if job[1] ~= generation then
    if mode == 'finish' and redis.call('GET', did_key(id)) == generation then return 'done' end
    return 'lost'
  end
  lane = job[2]
end
if ARGV[8] ~= '' then
  local there = redis.call('HMGET', doc, 'v', 't')
  if there[2] == token then return 'done' end
  if tonumber(there[1] or 0) ~= version then return 'conflict' end
end

-- Everything that could fail, fails here, before the first write.
if not (version and lookups and records and tonumber(ARGV[7]) and tonumber(ARGV[12])) then
  return redis.error_reply('BADARGS a number is missing')
end
local audit_at = 15 + 3 * lookups
local jobs_at = audit_at + records
if #ARGV < jobs_at - 1 then return redis.error_reply('BADARGS fewer arguments than announced') end
local wrong = check_jobs(jobs_at)
if wrong then return redis.error_reply('BADARGS ' .. wrong) end
for i = 15, audit_at - 1, 3 do redis.call('HLEN', P .. ':idx:' .. ARGV[i]) end
if records > 0 then redis.call('XLEN', P .. ':audit') end

if ARGV[8] ~= '' then
  redis.call('HSET', doc, 'v', version + 1, 'd', ARGV[10], 't', token)
  if tonumber(ARGV[12]) > 0 then redis.call('PEXPIRE', doc, ARGV[12]) else redis.call('PERSIST', doc) end
end
for i = 15, audit_at - 1, 3 do
  if ARGV[i + 2] == '' then
    redis.call('HDEL', P .. ':idx:' .. ARGV[i], ARGV[i + 1])
  else
    redis.call('HSET', P .. ':idx:' .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
  end
end
for i = jobs_at, #ARGV, JOB_ARGS do accept(i) end
for i = audit_at, jobs_at - 1 do redis.call('XADD', P .. ':audit', '*', 'r', ARGV[i]) end
if mode == 'finish' then
  forget(pool, group, entry)
  redis.call('DEL', job_key(id))
  redis.call('SET', did_key(id), generation, 'PX', ARGV[7])
  release(lane, id)
end
return 'done'
