-- Start the jobs of entries just read.
--
-- ARGV[1] pool, [2] group, [3] consumer, [4] claim (names this call), then entry id and job id by turns
--
-- Returns the leases' rows. Entries without a job, or held by somebody else by now, are left out.
local rows = {}
for i = 5, #ARGV, 2 do
  rows[#rows + 1] = start(ARGV[1], ARGV[2], ARGV[3], ARGV[i], ARGV[i + 1], ARGV[4] .. ARGV[i])
end
return rows
