-- What every script shares; put in front of each of them when it is loaded.
--
-- KEYS[1] the prefix, which holds the one hash tag. All keys are built from it here, so one Cluster slot
-- holds them all and a script may touch several.
--
--   :job:<id>    hash    k kind, d data, l lane, q pool, a accepted (ms), n attempts, g generation (the fence),
--                        w who started it last, f first start (ms), e last error
--   :did:<id>    string  a job that ended; its value is the generation that ended it. Expires
--   :dd:<key>    string  id of the job a dedupe key stands for. Expires
--   :lane:<lane> list    ids of the lane's jobs in order; only its head is ever in a stream
--   :q:<pool>    stream  one entry {j: id} per job that may run now
--   :waiting     hash    pool -> jobs that stand behind the head of some lane
--   :due         zset    ids by the ms at which they may run: timers and retries
--   :dead        zset    ids by the microsecond at which we gave up
--   :doc:<key>   hash    v version, d document, t token of the commit that wrote it
--   :idx:<name>  hash    look-ups written along with a document
--   :stops       hash    scope -> what is known of a stop in force
--   :audit       stream  one entry {r: record} per audit record, until it is sealed
--   :audit:*             the sealed audit, see audit_seal.lua
--
-- Only commands that Redis 6.2 to 8 and Valkey 7.2 to 9 share.
local P = KEYS[1]

local function job_key(id) return P .. ':job:' .. id end
local function did_key(id) return P .. ':did:' .. id end
local function lane_key(lane) return P .. ':lane:' .. lane end
local function stream_key(pool) return P .. ':q:' .. pool end

local function now_us()
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end

local function now_ms() return math.floor(now_us() / 1000) end

local function push(pool, id) redis.call('XADD', stream_key(pool), '*', 'j', id) end

-- Queue a job: at once, or behind those of its lane.
local function dispatch(id, lane, pool)
  if lane == '' or redis.call('RPUSH', lane_key(lane), id) == 1 then
    push(pool, id)
  else
    redis.call('HINCRBY', P .. ':waiting', pool, 1)
  end
end

-- Let the next job of the lane run, if `id` is its head. Popping the head costs the same however long the lane is.
local function release(lane, id)
  if lane == '' or redis.call('LINDEX', lane_key(lane), 0) ~= id then return end
  redis.call('LPOP', lane_key(lane))
  local head = redis.call('LINDEX', lane_key(lane), 0)
  while head do
    local pool = redis.call('HGET', job_key(head), 'q')
    if pool then
      redis.call('HINCRBY', P .. ':waiting', pool, -1)
      push(pool, head)
      return
    end
    -- Its job was removed by hand; a lane must not stand still for that.
    redis.call('LPOP', lane_key(lane))
    head = redis.call('LINDEX', lane_key(lane), 0)
  end
end

-- A job on the wire is eight arguments: id, kind, data, lane, pool, delay (ms), dedupe key, its life (ms).
local JOB_ARGS = 8

-- Refuse what `accept` could trip over half way: a script that fails is not rolled back.
local function check_jobs(first)
  if (#ARGV - first + 1) % JOB_ARGS ~= 0 then return 'a job is eight arguments' end
  for i = first, #ARGV, JOB_ARGS do
    if ARGV[i] == '' or ARGV[i + 4] == '' then return 'a job needs an id and a pool' end
    if not tonumber(ARGV[i + 5]) or not tonumber(ARGV[i + 7]) then return 'delay and life are numbers' end
    -- Reading them raises WRONGTYPE now rather than later.
    if ARGV[i + 3] ~= '' then redis.call('LLEN', lane_key(ARGV[i + 3])) end
    redis.call('XLEN', stream_key(ARGV[i + 4]))
  end
  return nil
end

-- Take the job at ARGV[i..i+7]; returns '' or the id of the job that is already there.
local function accept(i)
  local id, lane, pool, dedupe = ARGV[i], ARGV[i + 3], ARGV[i + 4], ARGV[i + 6]
  if dedupe ~= '' then
    local first = redis.call('GET', P .. ':dd:' .. dedupe)
    if first then return first end
  end
  if redis.call('EXISTS', job_key(id), did_key(id)) > 0 then return id end
  if dedupe ~= '' then redis.call('SET', P .. ':dd:' .. dedupe, id, 'PX', ARGV[i + 7]) end
  local now = now_ms()
  redis.call('HSET', job_key(id), 'k', ARGV[i + 1], 'd', ARGV[i + 2], 'l', lane, 'q', pool, 'a', now, 'n', 0, 'g', 0)
  local delay = tonumber(ARGV[i + 5])
  if delay > 0 then
    redis.call('ZADD', P .. ':due', now + delay, id)
  else
    dispatch(id, lane, pool)
  end
  return ''
end

-- Drop a stream entry. XACK alone leaves it in memory for ever.
local function forget(pool, group, message)
  redis.call('XACK', stream_key(pool), group, message)
  redis.call('XDEL', stream_key(pool), message)
end

-- Does `consumer` still hold this entry?
local function holds(pool, group, consumer, message)
  return #redis.call('XPENDING', stream_key(pool), group, message, message, 1, consumer) > 0
end

-- Start the job of one entry: raise its fence, count the attempt. Returns the lease's row, or nil when there
-- is nothing to do or somebody else took the entry. Asking twice (a lost answer) starts it once.
local function start(pool, group, consumer, message, id, claim)
  local job = redis.call('HMGET', job_key(id), 'k', 'd', 'l', 'n', 'g', 'a', 'w', 'f')
  if not job[1] then
    forget(pool, group, message)
    return nil
  end
  if not holds(pool, group, consumer, message) then return nil end
  local attempts, generation = tonumber(job[4]), tonumber(job[5])
  if job[7] ~= claim then
    attempts, generation = attempts + 1, generation + 1
    redis.call('HSET', job_key(id), 'n', attempts, 'g', generation, 'w', claim, 'f', job[8] or now_ms())
  end
  return {message, id, job[1], job[2], job[3], attempts, generation, job[6]}
end
