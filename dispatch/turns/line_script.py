"""The scripts by which Redis keeps the lines in order; ``jobs.turns.fair_order`` says which order that is.

For each queue there are a sorted set of the projects that have something to do, by the start of their next step, and
for each project and priority a sorted set of its jobs, likewise. So the next step is found at the front, and whoever
has had one is put back where the next belongs. Jobs that have as many steps out as they may are kept aside in a set.
``filed`` says of each job in which of these it stands: the queue, the rank of its priority, whether it is kept aside,
and the project.

Where a job belongs is found out anew whenever it comes to the front, so whatever changed without a word (a parent was
paused, a stop came from elsewhere) never has a step of it taken.
"""

from __future__ import annotations

from dispatch.window import MOVE
from jobs.turns.turn import Priority

TAKEN, NOTHING, GO_ON = 1, 0, 2
LOOKS_AT_MOST = 100
"""A script passes over at most so many jobs at the front that may not be taken; then Redis serves others first."""
_RANKS = ", ".join(f"{priority.value} = {priority.rank}" for priority in Priority)
_LAST = len(Priority) - 1

# Arguments: how keys begin, then how many steps a job may have out; empty: whoever is kept aside remains so.
_STANDS = f"""
local prefix, window, ranks = ARGV[1], tonumber(ARGV[2]), {{{_RANKS}}}
local filed = prefix .. 'filed'
local function key(name, of) return prefix .. name .. ':' .. of end
local function class(queue, rank, project) return key('order', queue) .. ':' .. rank .. ':' .. project end
local function tag(queue, name) return tonumber(redis.call('HGET', key('tags', queue), name)) or 0 end
local function given(value) return value ~= nil and value ~= cjson.null end
local function parts(place) return string.match(place, '^([^|]*)|(%d)|(%d)|(.*)$') end

local function turn(id)
  local read, known = pcall(cjson.decode, redis.call('HGET', prefix .. 'turns', id) or '')
  return read and type(known) == 'table' and known or nil
end

local function place_of(id, queue, full)
  local own = turn(id)
  if not own or redis.call('LLEN', key('todo', id)) == 0 or redis.call('EXISTS', key('stop', id)) == 1 then
    return nil
  end
  local parent = given(own['parent']) and turn(own['parent']) or nil
  local rank = ranks[(parent or own)['priority'] or '']
  if not rank or given(own['pause']) or parent and given(parent['pause']) then return nil end
  if window then full = redis.call('HLEN', key('out', id)) >= window end
  return table.concat({{queue, rank, full and 1 or 0, tostring(own['project'])}}, '|')
end

local function leave(id, place)
  local queue, rank, full, project = parts(place)
  redis.call('HDEL', filed, id)
  if full == '1' then return redis.call('SREM', key('full', queue), id) end
  redis.call('ZREM', class(queue, rank, project), id)
  for each = 0, {_LAST} do
    if redis.call('EXISTS', class(queue, each, project)) == 1 then return end
  end
  redis.call('ZREM', key('order', queue), project)
end

local function start_in(queue, rank, project, id)
  return math.max(tag(queue, 'class:' .. rank .. ':' .. project), tag(queue, 'job:' .. id))
end

local function start_of(queue, project) return math.max(tag(queue, 'clock'), tag(queue, 'project:' .. project)) end

local function enter(id, place)
  local queue, rank, full, project = parts(place)
  redis.call('HSET', filed, id, place)
  if full == '1' then return redis.call('SADD', key('full', queue), id) end
  redis.call('ZADD', class(queue, rank, project), start_in(queue, rank, project, id), id)
  redis.call('ZADD', key('order', queue), 'NX', start_of(queue, project), project)
end

local function file(id, queue, full)
  local before, place = redis.call('HGET', filed, id) or nil, place_of(id, queue, full)
  if place ~= before then
    if before then leave(id, before) end
    if place then enter(id, place) end
  end
  return place
end
"""
# Further arguments: jobs, each with its queue.
JOIN = f"""{_STANDS}
for i = 3, #ARGV, 2 do file(ARGV[i], ARGV[i + 1]) end
"""
# Further arguments: a job, whether it begins where the others of its class are, then all queues.
CHANGE = f"""{_STANDS}
local id, anew = ARGV[3], ARGV[4] == '1'
local place = redis.call('HGET', filed, id)
if anew then
  if place then leave(id, place) end
  for i = 5, #ARGV do redis.call('HDEL', key('tags', ARGV[i]), 'job:' .. id) end
end
if place then
  local queue, _, full = parts(place)
  file(id, queue, full == '1')
end
"""
# Further arguments: a job, then all queues.
FORGET = f"""{_STANDS}
local place = redis.call('HGET', filed, ARGV[3])
if place then leave(ARGV[3], place) end
for i = 4, #ARGV do redis.call('HDEL', key('tags', ARGV[i]), 'job:' .. ARGV[3]) end
"""
# Further arguments: the queue, and the weights of projects as JSON.
TAKE = f"""{_STANDS}{MOVE}
local queue, weights = ARGV[3], cjson.decode(ARGV[4])
local line = key('order', queue)

local function front(project)
  for rank = 0, {_LAST} do
    local first = redis.call('ZRANGE', class(queue, rank, project), 0, 0, 'WITHSCORES')
    if first[1] then return rank, first[1], tonumber(first[2]) end
  end
end

local function take(project, start, rank, id, at)
  local next_start, among = start + 1 / (weights[project] or 1), class(queue, rank, project)
  redis.call('HSET', key('tags', queue), 'clock', start, 'project:' .. project, next_start,
    'class:' .. rank .. ':' .. project, at, 'job:' .. id, at + 1)
  redis.call('ZADD', line, next_start, project)
  redis.call('ZADD', among, at + 1, id)
  local step = move({{key('todo', id), key('out', id), key('begun', id)}}, window, 1)[1]
  file(id, queue)
  return {{{TAKEN}, id, step}}
end

for _ = 1, {LOOKS_AT_MOST} do
  local first = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
  local project = first[1]
  if not project then return {{{NOTHING}}} end
  local rank, id, at = front(project)
  if not id then
    redis.call('ZREM', line, project)
  elseif file(id, queue) == table.concat({{queue, rank, 0, project}}, '|') then
    return take(project, tonumber(first[2]), rank, id, at)
  else
    redis.call('ZREM', class(queue, rank, project), id)
  end
end
return {{{GO_ON}}}
"""
# Further arguments: the queue, and how many steps are asked for. Of a project, no more jobs can be among these than
# there are steps, and none of a lower priority while those of a higher one have so many.
READ = f"""{_STANDS}
local queue, most = ARGV[3], tonumber(ARGV[4])
local rows, starts = {{}}, {{}}
local function exact(number) return string.format('%.17g', number) end

local function add(id, rank, project, start)
  local to_do = redis.call('LLEN', key('todo', id))
  rows[#rows + 1] = {{id, project, tonumber(rank), to_do, start}}
  return to_do
end

local projects = redis.call('ZRANGE', key('order', queue), 0, -1, 'WITHSCORES')
for i = 1, #projects, 2 do
  local project, left, rank = projects[i], most, 0
  starts[#starts + 1] = {{project, projects[i + 1]}}
  while left > 0 and rank <= {_LAST} do
    local jobs = redis.call('ZRANGE', class(queue, rank, project), 0, most - 1, 'WITHSCORES')
    for j = 1, #jobs, 2 do left = left - add(jobs[j], rank, project, jobs[j + 1]) end
    rank = rank + 1
  end
end
for _, id in ipairs(redis.call('SMEMBERS', key('full', queue))) do
  local _, rank, _, project = parts(redis.call('HGET', filed, id) or '')
  if rank then
    starts[#starts + 1] = {{project, exact(start_of(queue, project))}}
    add(id, rank, project, exact(start_in(queue, rank, project, id)))
  end
end
return cjson.encode({{rows, starts, exact(tag(queue, 'clock'))}})
"""
