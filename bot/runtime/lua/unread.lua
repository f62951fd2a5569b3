-- Give entries back that were read but not started, as new entries, for whoever reads next.
--
-- ARGV[1] pool, [2] group, [3] consumer, then entry id and job id by turns
--
-- Returns how many went back; entries that somebody else holds by now are left alone.
local back = 0
for i = 4, #ARGV, 2 do
  if holds(ARGV[1], ARGV[2], ARGV[3], ARGV[i]) then
    forget(ARGV[1], ARGV[2], ARGV[i])
    push(ARGV[1], ARGV[i + 1])
    back = back + 1
  end
end
return back
