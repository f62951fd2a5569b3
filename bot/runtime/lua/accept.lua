-- Take jobs: each one is stored, queued and deduplicated, or found to be there already. All of them, or none.
--
-- ARGV[1..] the jobs, eight arguments each (lib.lua)
--
-- Returns one string per job: '' when it was taken, else the id of the job that stands for it.
-- Sending the same call twice takes nothing twice.
local wrong = check_jobs(1)
if wrong then return redis.error_reply('BADARGS ' .. wrong) end
local answers = {}
for i = 1, #ARGV, JOB_ARGS do
  answers[#answers + 1] = accept(i)
end
return answers
