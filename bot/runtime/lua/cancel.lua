-- Remove a job that still waits for its time.
--
-- ARGV[1] job id
--
-- Returns 1 when it was removed, 0 when it is not waiting: unknown, queued, running or ended.
if redis.call('ZREM', P .. ':due', ARGV[1]) == 0 then return 0 end
local lane = redis.call('HGET', job_key(ARGV[1]), 'l')
redis.call('DEL', job_key(ARGV[1]))
-- Between two tries it is still the head of its lane.
if lane then release(lane, ARGV[1]) end
return 1
