import { handlers } from '../commands/index.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { readApplicationId, registerCommands } from './discord/register.ts';
import { createBotRest } from './discord/rest.ts';
import { explainFailure } from './explain-failure.ts';
import { type OfferRecord, recordOf } from './generation/offer-record.ts';
import { createProviders } from './providers/index.ts';
import { openStore } from './store/open-store.ts';

/** Registers the commands with Discord and ends: what a start does too, when they differ. */
try {
  const config = readConfig();
  if (config.DISCORD_TOKEN === undefined) throw new ConfigError(['DISCORD_TOKEN: needed to register commands.']);
  const rest = createBotRest({ apiUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN });
  const applicationId = await readApplicationId(rest);
  const changed = await registerCommands(rest, applicationId, handlers.commands, await readOffers(config));
  console.log(changed ? 'Commands registered.' : 'Discord already has these commands.');
  process.exit(0);
} catch (error) {
  const lines =
    error instanceof ConfigError ? error.lines : explainFailure(error, 'The commands could not be registered.');
  for (const line of lines) console.error(line);
  process.exit(1);
}

/** What those who paint have recorded, wherever they are; where nobody has yet, what the keys here bring. */
async function readOffers(config: Config): Promise<readonly OfferRecord[]> {
  const store = await openStore({
    databaseUrl: config.DATABASE_URL,
    dataDir: config.DATA_DIR,
  });
  const recorded = await store.offers.all();
  await store.close();
  if (recorded.length > 0) return recorded;
  return createProviders(config).flatMap((provider) => provider.offers.map(recordOf));
}
