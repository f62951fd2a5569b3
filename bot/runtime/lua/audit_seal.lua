-- Seal one segment: the block of lines, the new head of the chain, the keys to the words in it, and the end of
-- its records in the buffer. All of it, or nothing.
--
--   :audit:head     hash    n last number, h its hash, p hash of the head's line, a sealed at (ms)
--   :audit:blocks   zset    "<first>-<last>-<sealed at>" by first number
--   :audit:block:<first>    the lines of one block, compressed
--   :audit:keys     hash    public keys by id: who has sealed here
--   :audit:text     hash    ticket -> key id and key to the words about it
--   :audit:used     zset    tickets by the last record whose words they hold
--
-- ARGV[1]  the head's line hash the caller read, empty for none
-- ARGV[2]  first number, [3] last number, [4] its hash, [5] hash of the new head's line, [6] sealed at (ms)
-- ARGV[7]  the block, [8] id of the sealing key, [9] its public half
-- ARGV[10] how many text keys, [11] how many buffer entries
-- then     ticket, key (empty: destroy it) and number of the last record, three each; then the entries' ids
--
-- Returns 'done'; 'conflict' when somebody sealed in between: read again and seal again. Sending the same call
-- twice seals once and says 'done' twice.
local texts, entries = tonumber(ARGV[10]), tonumber(ARGV[11])
local head = redis.call('HMGET', P .. ':audit:head', 'n', 'p')
if head[2] == ARGV[5] then return 'done' end
if (head[2] or '') ~= ARGV[1] then return 'conflict' end

-- Everything that could fail, fails here, before the first write.
if not (texts and entries and tonumber(ARGV[2]) and tonumber(ARGV[3]) and tonumber(ARGV[6])) then
  return redis.error_reply('BADARGS a number is missing')
end
local first_id = 12 + 3 * texts
if #ARGV ~= first_id + entries - 1 or entries == 0 then
  return redis.error_reply('BADARGS other arguments than announced')
end
if tonumber(ARGV[2]) ~= tonumber(head[1] or '0') + 1 then return redis.error_reply('BADARGS a gap in the numbers') end
for _, at in ipairs({first_id, #ARGV}) do
  -- Somebody cut the buffer by hand: what is gone must not be sealed as if it were there.
  if #redis.call('XRANGE', P .. ':audit', ARGV[at], ARGV[at]) == 0 then return 'conflict' end
end
redis.call('ZCARD', P .. ':audit:blocks')
redis.call('HLEN', P .. ':audit:keys')
redis.call('HLEN', P .. ':audit:text')
redis.call('ZCARD', P .. ':audit:used')

redis.call('SET', P .. ':audit:block:' .. ARGV[2], ARGV[7])
redis.call('ZADD', P .. ':audit:blocks', ARGV[2], ARGV[2] .. '-' .. ARGV[3] .. '-' .. ARGV[6])
redis.call('HSET', P .. ':audit:head', 'n', ARGV[3], 'h', ARGV[4], 'p', ARGV[5], 'a', ARGV[6])
redis.call('HSET', P .. ':audit:keys', ARGV[8], ARGV[9])
for i = 12, first_id - 1, 3 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', P .. ':audit:text', ARGV[i])
    redis.call('ZREM', P .. ':audit:used', ARGV[i])
  else
    redis.call('HSET', P .. ':audit:text', ARGV[i], ARGV[i + 1])
    redis.call('ZADD', P .. ':audit:used', ARGV[i + 2], ARGV[i])
  end
end
for i = first_id, #ARGV do redis.call('XDEL', P .. ':audit', ARGV[i]) end
return 'done'
