-- Put in front of every script while the simulation runs: time is what the caller says it is.
--
-- KEYS[2] the wall clock in microseconds. Whatever a server would look up on its own clock (TIME, ids of stream
-- entries, how long an entry's holder has been silent, keys that expire) is reckoned from it. Each script
-- becomes the body of one function, so that what it did can be told along with its answer.
local server = redis
local WALL_US = tonumber(KEYS[2])
local WALL_MS = math.floor(WALL_US / 1000)
local SEEN, TTL = KEYS[1] .. ':sim:seen', KEYS[1] .. ':sim:ttl'
local pushed, removed, timers = {}, {}, false

local function sets_with_life(parts)
  for i = 4, #parts - 1 do
    local word = string.upper(tostring(parts[i]))
    if word == 'PX' or word == 'EX' then
      local life = tonumber(parts[i + 1]) * (word == 'EX' and 1000 or 1)
      table.remove(parts, i + 1)
      table.remove(parts, i)
      return life
    end
  end
  return nil
end

local function lives_until(key, life) server.call('ZADD', TTL, WALL_MS + life, key) end

local doing = {}

function doing.TIME() return {tostring(math.floor(WALL_US / 1000000)), tostring(WALL_US % 1000000)} end

function doing.XADD(parts)
  parts[3] = string.format('%.0f-*', WALL_MS)
  local pool = string.match(parts[2], ':q:(.*)$')
  if pool then pushed[#pushed + 1] = pool end
  return server.call(unpack(parts))
end

function doing.XDEL(parts)
  local gone = server.call(unpack(parts))
  local pool = string.match(parts[2], ':q:(.*)$')
  for i = 3, #parts do
    server.call('HDEL', SEEN, parts[2] .. '|' .. parts[i])
    if pool and gone > 0 then removed[#removed + 1] = pool .. '|' .. parts[i] end
  end
  return gone
end

function doing.XREADGROUP(parts)
  local answer = server.call(unpack(parts))
  if answer then
    for _, entry in ipairs(answer[1][2]) do
      server.call('HSET', SEEN, answer[1][1] .. '|' .. entry[1], WALL_MS)
    end
  end
  return answer
end

function doing.XCLAIM(parts)
  server.call('HSET', SEEN, parts[2] .. '|' .. parts[6], WALL_MS)
  return server.call(unpack(parts))
end

-- XAUTOCLAIM key group consumer min-idle start COUNT count
function doing.XAUTOCLAIM(parts)
  local key, silent, count = parts[2], tonumber(parts[5]), tonumber(parts[8])
  local rows = server.call('XPENDING', key, parts[3], parts[6], '+', count * 10 + 1)
  local after, claimed, found = '0-0', 0, {}
  for i, row in ipairs(rows) do
    if claimed == count or i > count * 10 then
      after = row[1]
      break
    end
    local seen = tonumber(server.call('HGET', SEEN, key .. '|' .. row[1]) or 0)
    if WALL_MS - seen >= silent then
      claimed = claimed + 1
      local got = server.call('XCLAIM', key, parts[3], parts[4], 0, row[1])
      if got[1] then
        found[#found + 1] = got[1]
        server.call('HSET', SEEN, key .. '|' .. row[1], WALL_MS)
      end
    end
  end
  return {after, found}
end

function doing.SET(parts)
  local life = sets_with_life(parts)
  local answer = server.call(unpack(parts))
  if answer then
    server.call('ZREM', TTL, parts[2])
    if life then lives_until(parts[2], life) end
  end
  return answer
end

function doing.PEXPIRE(parts)
  lives_until(parts[2], tonumber(parts[3]))
  return 1
end

function doing.EXPIRE(parts)
  lives_until(parts[2], tonumber(parts[3]) * 1000)
  return 1
end

function doing.PERSIST(parts) return server.call('ZREM', TTL, parts[2]) end

function doing.ZADD(parts)
  timers = timers or string.sub(parts[2], -4) == ':due'
  return server.call(unpack(parts))
end

function doing.ZREM(parts)
  timers = timers or string.sub(parts[2], -4) == ':due'
  return server.call(unpack(parts))
end

local function call(name, ...)
  local known = doing[string.upper(name)]
  if known then return known({name, ...}) end
  return server.call(name, ...)
end

local redis = setmetatable({call = call}, {__index = server})

local function told(answer)
  if type(answer) == 'table' and answer.err then return answer end
  if answer == nil then answer = false end
  local due = ''
  if timers then
    local first = server.call('ZRANGE', KEYS[1] .. ':due', 0, 0, 'WITHSCORES')
    due = first[2] or 'inf'
  end
  return {answer, table.concat(pushed, ' '), table.concat(removed, ' '), due}
end

local function body()
