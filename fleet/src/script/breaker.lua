-- A breaker in the fleet: one hash, changed by this script alone.
--
-- KEYS[1]  the breaker's hash
-- ARGV     operation, host, channel, name of the breaker, the server's time as the host knows it, and what the operation
--          takes
--
-- Fields (times are the server's, in ms since 1970):
--   v        version: one higher with each change, and never below the time, so that it grows over a loss of all data, too
--   o:HOST   a vote: the host has it open by its own rules until then
--   b        how many votes end when, "END:VOTES END:VOTES ...", in order: of ever so many hosts it stays short, for where
--            there are many they end at few times
--   l        who probes for the fleet; from ls (start) until lu
--   lp, lq   who held the last lease that came to nothing, and when it ended
--   r, rh    when the fleet's probe succeeded, and whose it was
--   f        forced open on every host: who and why; absent if it is not
--   fv       the version of the last command, given or taken back
--   p, w     where there are many votes: when a change was last published, and votes that are over were last taken out
--
-- Answers {time, granted, field, value, ...}, with the votes if they are FEW, else with the host's own; granted is 1 where
-- the operation did what was asked for. What was under way for too long, and may be overtaken by what the host said since,
-- does nothing. A change is published likewise, but that of the votes of many hosts only now and then: what is not published
-- is read a second later. So a thousand hosts that meet one outage do not drown each other.

local key, operation, host, channel, name = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- How long a hash is kept beyond what is still to come in it, and how long one with a command.
local KEPT, KEPT_COMMAND = 60000, 86400000
-- Who held a lease to no end asks again this much later than others may.
local STEP_BACK = 1000
-- For how long what a host says is worth hearing.
local STALE = 2000

-- So many votes are shown one by one, end at whatever time they say, and are each published.
local FEW = 16
-- How often those of more hosts are published, and taken out when they are over.
local PUBLISH_EVERY, SWEEP_EVERY = 200, 10000
-- Of many votes each ends later than it says by so small a part.
local EXACT = 64

local function text(number) return string.format('%.0f', number) end

local NAMES = { 'v', 'l', 'ls', 'lu', 'lp', 'lq', 'r', 'rh', 'f', 'fv', 'b', 'p', 'w', 'o:' .. host }
local fields = {}
for i, value in ipairs(redis.call('HMGET', key, unpack(NAMES))) do fields[NAMES[i]] = value or nil end
local function time(field) return tonumber(fields[field] or 0) or 0 end

local changed = false
local function put(field, value)
  fields[field] = value
  if value then redis.call('HSET', key, field, value) else redis.call('HDEL', key, field) end
end
local function set(field, value)
  if fields[field] ~= value then
    put(field, value)
    changed = true
  end
end

-- The votes by their ends: how many end when, and how many there are.
local ends, votes = {}, 0
local function add(till, many)
  local left = (ends[till] or 0) + many
  ends[till] = left > 0 and left or nil
  votes = votes + many
end
for till, many in string.gmatch(fields.b or '', '(%d+):(%d+)') do add(tonumber(till), tonumber(many)) end
local function write_ends()
  local sorted, parts = {}, {}
  for till in pairs(ends) do sorted[#sorted + 1] = till end
  table.sort(sorted)
  for i, till in ipairs(sorted) do parts[i] = text(till) .. ':' .. text(ends[till]) end
  set('b', #parts > 0 and table.concat(parts, ' ') or nil)
end

-- The host's vote ends then; nil: it has none.
local function vote(till)
  local mine = 'o:' .. host
  local before = fields[mine] and tonumber(fields[mine])
  if before and ends[before] then add(before, -1) end
  if till then add(till, 1) end
  set(mine, till and text(till))
end

-- When a vote for so long ends: of many each a little later, so that few times are enough.
local function ending(remaining)
  if votes < FEW then return now + remaining end
  local step = 100
  while step * EXACT < remaining do step = step * 2 end
  return math.ceil((now + remaining) / step) * step
end

-- Each vote ends at what this says of its end; nil: it is no more.
local function each_vote(what)
  local flat = redis.call('HGETALL', key)
  ends, votes = {}, 0
  for i = 1, #flat, 2 do
    local field, before = flat[i], tonumber(flat[i + 1])
    if field:sub(1, 2) == 'o:' then
      local till = before and what(before)
      if till then add(till, 1) end
      if till ~= before then
        put(field, till and text(till))
        changed = true
      end
    end
  end
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
  local till = ending(tonumber(remaining))
  vote(till)
  if is_ours then
    end_lease(false)
    each_vote(function(before) return math.max(before, till) end)
  end
  granted = 1
end

-- It is open no more.
function operations.withdraw()
  vote(nil)
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
    each_vote(function() return nil end)
    set('r', text(now))
    set('rh', host)
    granted = 1
  else
    vote(nil)
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

local is_swept = votes <= FEW or now - time('w') >= SWEEP_EVERY
local latest, is_over = math.max(time('lu'), time('r'), now), false
for till in pairs(ends) do
  if till + KEPT <= now then is_over = true else latest = math.max(latest, till) end
end
if is_over and is_swept then
  each_vote(function(before) return before + KEPT > now and before or nil end)
  if votes > FEW then put('w', text(now)) end
end
write_ends()
if changed then put('v', text(math.max(time('v') + 1, time('fv'), now))) end
if fields.v then
  local ttl = latest - now + KEPT
  if fields.fv then ttl = math.max(ttl, KEPT_COMMAND) end
  redis.call('PEXPIRE', key, text(ttl))
end

local answer = { text(now), granted }
local function tell(field, value)
  answer[#answer + 1] = field
  answer[#answer + 1] = value
end
local shown = {}
if votes <= FEW then
  shown = redis.call('HGETALL', key)
else
  for field, value in pairs(fields) do
    if field:sub(1, 2) ~= 'o:' then
      shown[#shown + 1] = field
      shown[#shown + 1] = value
    end
  end
end
for i = 1, #shown, 2 do tell(shown[i], shown[i + 1]) end

local is_vote = operation == 'vote' or operation == 'withdraw'
local is_told = votes <= FEW or not is_vote or now - time('p') >= PUBLISH_EVERY
if changed and is_told then
  if votes > FEW then put('p', text(now)) end
  local message = { name }
  for _, part in ipairs(answer) do message[#message + 1] = part end
  redis.call('PUBLISH', channel, cjson.encode(message))
end
if votes > FEW and fields['o:' .. host] then tell('o:' .. host, fields['o:' .. host]) end
return answer
