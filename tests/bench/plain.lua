-- The same GET over and over; only tells the numbers.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")
