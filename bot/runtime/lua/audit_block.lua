-- Find the block that holds a record; see audit_seal.lua for the keys.
--
-- ARGV[1] the record's number
--
-- Returns {member of :audit:blocks, the block}, or nothing when no block holds it: it is not sealed yet, or
-- retention has dropped it.
local found = redis.call('ZREVRANGEBYSCORE', P .. ':audit:blocks', ARGV[1], '-inf', 'LIMIT', 0, 1)
if not found[1] then return {} end
local first, last = string.match(found[1], '^(%d+)-(%d+)-')
if tonumber(last) < tonumber(ARGV[1]) then return {} end
local block = redis.call('GET', P .. ':audit:block:' .. first)
if not block then return {} end
return {found[1], block}
