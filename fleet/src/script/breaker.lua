-- A breaker in the fleet: one hash, changed by this script alone.
--
-- KEYS[1]  the breaker's hash
-- ARGV     operation, host, channel, name of the breaker, the server's time as the host knows it, and what the operation
--          takes
--
-- Fields (times are the server's, in ms since 1970):
--   v        version: one higher with each change, and never below the time, so that it grows over a loss of all data, too
--   o:HOST   a vote: the host has it open by its own rules until then
--   l        who probes for the fleet; from ls (start) until lu
--   lp, lq   who held the last lease that came to nothing, and when it ended
--   r, rh    when the fleet's probe succeeded, and whose it was
--   f        forced open on every host: who and why; absent if it is not
--   fv       the version of the last command, given or taken back
--
-- Answers {time, granted, field, value, ...}; granted is 1 where the operation did what was asked for. What was under way
-- for too long, and may be overtaken by what the host said since, does nothing.

local key, operation, host, channel, name = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- How long a hash is kept beyond what is still to come in it, and how long one with a command.
local KEPT, KEPT_COMMAND = 60000, 86400000
-- Who held a lease to no end asks again this much later than others may.
local STEP_BACK = 1000
-- For how long what a host says is worth hearing.
local STALE = 2000

local function text(number) return string.format('%.0f', number) end

local fields = {}
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
local function time(field) return tonumber(fields[field] or 0) or 0 end

local changed = false
local function set(field, value)
  if value and fields[field] ~= value then
    fields[field] = value
    redis.call('HSET', key, field, value)
    changed = true
  elseif not value and fields[field] then
    fields[field] = nil
    redis.call('HDEL', key, field)
    changed = true
  end
end

-- Does this to every vote: the name of its field, and until when it holds.
local function each_vote(what)
  local votes = {}
  for field, value in pairs(fields) do
    if field:sub(1, 2) == 'o:' then votes[#votes + 1] = { field, tonumber(value) or 0 } end
  end
  for _, vote in ipairs(votes) do what(vote[1], vote[2]) end
end

local function end_lease(is_in_vain)
  if is_in_vain then
    set('lp', fields.l)
    set('lq', text(math.min(time('lu'), now)))
  end
  set('l', nil) set('ls', nil) set('lu', nil)
end

local is_leased = fields.l ~= nil and time('lu') > now
local is_ours = is_leased and fields.l == host
local granted = 0
local operations = {}

-- The host has it open for so many ms more. Who probes for the fleet speaks for all: what was open before, is so on.
function operations.vote(remaining)
  local till = text(now + tonumber(remaining))
  set('o:' .. host, till)
  if is_ours then
    end_lease(false)
    each_vote(function(field, ended) if ended < tonumber(till) then set(field, till) end end)
  end
  granted = 1
end

-- It is open no more.
function operations.withdraw()
  set('o:' .. host, nil)
  if is_ours then end_lease(true) end
  granted = 1
end

-- The host probes for all, from `wait` ms from now on, for `length` ms.
function operations.lease(wait, length)
  if fields.l and not is_leased then end_lease(true) end
  if not fields.l and not (fields.lp == host and now < time('lq') + STEP_BACK) then
    set('l', host)
    set('ls', text(now + tonumber(wait)))
    set('lu', text(now + tonumber(wait) + tonumber(length)))
  end
  granted = fields.l == host and 1 or 0
end

-- Its time is not over, but there was nothing to probe with.
function operations.yield()
  if is_ours then end_lease(true) granted = 1 end
end

-- The probe succeeded.
function operations.recover()
  if is_ours then
    end_lease(false)
    each_vote(function(field) set(field, nil) end)
    set('r', text(now))
    set('rh', host)
    granted = 1
  else
    set('o:' .. host, nil)
  end
end

local function command(version, note)
  set('f', note)
  set('fv', text(version))
  granted = 1
end

-- Forced open on every host, and no more.
function operations.force(note) command(math.max(time('v') + 1, now), note) end
function operations.release() command(math.max(time('v') + 1, now), nil) end

-- A host remembers a command that the server has lost.
function operations.remind(version, is_forced, note)
  if tonumber(version) > time('fv') then command(tonumber(version), is_forced == '1' and note or nil) end
end

if math.abs(now - tonumber(ARGV[5])) <= STALE then operations[operation](ARGV[6], ARGV[7], ARGV[8]) end

local latest = math.max(time('lu'), time('r'), now)
each_vote(function(field, till)
  if till + KEPT <= now then set(field, nil) else latest = math.max(latest, till) end
end)
if changed then
  fields.v = text(math.max(time('v') + 1, time('fv'), now))
  redis.call('HSET', key, 'v', fields.v)
end
if fields.v then
  local ttl = latest - now + KEPT
  if fields.fv then ttl = math.max(ttl, KEPT_COMMAND) end
  redis.call('PEXPIRE', key, text(ttl))
end

local answer = { text(now), granted }
for field, value in pairs(fields) do
  answer[#answer + 1] = field
  answer[#answer + 1] = value
end
if changed then
  local message = { name }
  for _, part in ipairs(answer) do message[#message + 1] = part end
  redis.call('PUBLISH', channel, cjson.encode(message))
end
return answer
