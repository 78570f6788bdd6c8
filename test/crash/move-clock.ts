// Loaded before the bot: its clock runs ahead by CLOCK_AHEAD_MS, its timers do not.
const ahead = Number(process.env.CLOCK_AHEAD_MS);
const now = Date.now;
Date.now = () => now() + ahead;
