-- Load for wrk. Arguments after "--": what to ask ("book", "day", "overview"), a file with one instant a line
-- (the first places of the days that can be booked), and a number that is another one in each run.
local what, firsts, run, number = nil, {}, 0, 0

function init(args)
  what, run = args[1], tonumber(args[3])
  for line in io.lines(args[2]) do firsts[#firsts + 1] = line end
  math.randomseed(run)
end

-- How many come, and for how many of them a card is applied for.
local pairs_of_people = {}
for people = 1, 6 do
  for cards = 1, people do pairs_of_people[#pairs_of_people + 1] = { cards, people } end
end

local function book()
  local day = firsts[math.random(#firsts)]
  local at = day:sub(1, 11)
    .. string.format("%02d:%02d:00", 8 + math.random(0, 7), 15 * math.random(0, 3)) .. day:sub(-6)
  local headers = {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("bench-%08d-%010d", run, number),
    ["Cookie"] = string.format("__Host-booking-device=bench%08d%010d", run, number),
    ["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(0, 255)),
  }
  local body = '{"site":"flensburg","starts_at":"' .. at
    .. '","items":[{"service":"id_card_apply"}],"persons":1}'
  return wrk.format("POST", "/api/booking/v1/bookings", headers, body)
end

-- Never the same question twice within what is kept, so that every answer is made anew.
local function ask()
  local day, rest = firsts[number % #firsts + 1]:sub(1, 10), math.floor(number / #firsts)
  local pair = pairs_of_people[rest % #pairs_of_people + 1]
  local query = "?service=id_card_apply:" .. pair[1] .. "&persons=" .. pair[2]
  local path = "/api/booking/v1/sites/flensburg/free-slots"
  if what == "day" then return wrk.format("GET", path .. "/" .. day .. query) end
  return wrk.format("GET", path .. query .. "&from=" .. day .. "&days=" .. (math.floor(rest / #pairs_of_people) % 28 + 1))
end

function request()
  number = number + 1
  if what == "book" then return book() end
  return ask()
end
