-- End one attempt without finishing the job: try again later, give up, or hand it to another worker.
--
-- ARGV[1] pool, [2] group, [3] entry, [4] job id, [5] generation: the lease
-- ARGV[6] 'retry', 'dead' or 'back', [7] delay (ms), [8] why
-- ARGV[9] '1' when the attempt shall not count, [10] how long after its first start we go on trying (ms)
-- then    what the job leaves to do should it be given up: jobs, eight arguments each (lib.lua)
--
-- Returns 'retry', 'dead', 'back', or 'lost' when the job is no longer the caller's (also on the second of two
-- equal calls). A retry that would start after ARGV[10] is dead now, so that no head blocks its lane for ever.
local pool, group, entry, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local job = redis.call('HMGET', job_key(id), 'g', 'l', 'f')
if job[1] ~= ARGV[5] then return 'lost' end
local now = now_us()
local verb, why = ARGV[6], ARGV[8]
local wrong = check_jobs(11)
if wrong then return redis.error_reply('BADARGS ' .. wrong) end
local due = math.floor(now / 1000) + tonumber(ARGV[7])
if verb == 'retry' and due - tonumber(job[3] or 0) > tonumber(ARGV[10]) then
  verb, why = 'dead', why .. ' (tried for too long)'
end
forget(pool, group, entry)
-- The fence goes up, so that whoever held the lease is out from here on.
redis.call('HINCRBY', job_key(id), 'g', 1)
if ARGV[9] == '1' then redis.call('HINCRBY', job_key(id), 'n', -1) end
if verb == 'back' then
  push(pool, id)
elseif verb == 'retry' then
  redis.call('HSET', job_key(id), 'e', why)
  redis.call('ZADD', P .. ':due', due, id)
else
  redis.call('HSET', job_key(id), 'e', why)
  redis.call('ZADD', P .. ':dead', now, id)
  for i = 11, #ARGV, JOB_ARGS do accept(i) end
  release(job[2], id)
end
return verb
