// The commands of the watch group: offers, price and everything about the market store.
import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput, withStore } from './shared-options.ts';

export function addWatch(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Watch:');
  withExamples(withOutput(program.command('offers')), [
    "vastdeck offers 'gpu_name=RTX_4090 num_gpus>=2 geolocation in [US,CA]' --order dph --limit 20",
    "vastdeck offers 'gpu_ram>=24 verified=any' --type interruptible --json",
  ])
    .description('Search offers as they are now')
    .argument('[query...]', 'conditions, for example gpu_name=RTX_4090 num_gpus>=2 verified=any')
    .option('--order <field>', 'sort by this field; a trailing - sorts down', 'dph')
    .option('--limit <n>', 'at most so many rows', '20')
    .option('--type <type>', 'on-demand, interruptible or reserved', 'on-demand')
    .option('--storage <gb>', 'disk to include in the price', '8')
    .option('--bundled', 'one row for similar offers, as the website shows them')
    .option('--no-default-filters', 'also unverified, external and unrentable offers')
    .option('--memory', 'with what this install has seen of each machine')
    .action(async (query: string[], flags: Flags) => {
      const { offers } = await import('./commands/offers.ts');
      await offers(makeContext(), query.join(' '), flags);
    });
  withExamples(withOutput(program.command('price')), [
    'vastdeck price "RTX 4090"',
    'vastdeck price "H100 SXM" --by count',
  ])
    .description('What a GPU costs now: on-demand, interruptible, reserved, and by region')
    .argument('<gpu>', 'for example "RTX 4090"; RTX_4090 and rtx-4090 are the same')
    .option('--by <column>', 'region or count', 'region')
    .action(async (gpu: string, flags: Flags) => {
      const { price } = await import('./commands/price.ts');
      await price(makeContext(), gpu, flags);
    });
  const market = program
    .command('market')
    .helpCommand(false)
    .description('Collect the market into a small store and report on it');
  addCollect(market, makeContext);
  addReport(market, makeContext);
  addStoreQuestions(market, makeContext);
  addExchange(market, makeContext);
}

function addCollect(market: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withStore(market.command('collect'))), [
    'vastdeck market collect',
    "vastdeck market collect --filter 'gpu_name in [RTX_4090,RTX_5090]' --interval 600",
  ])
    .description('Poll the market and store what changes')
    .option('--polls <n>', 'end after so many polls')
    .option('--interval <seconds>', 'from one poll to the next (VW_POLL_INTERVAL_SEC, default 360)')
    .option('--filter <query>', 'collect only offers that match (VW_FILTER)')
    .option('--types <list>', 'on-demand, interruptible, or both', 'on-demand,interruptible')
    .action(async (flags: Flags) => {
      const { marketCollect } = await import('./commands/market-collect.ts');
      await marketCollect(makeContext(), flags);
    });
}

function addReport(market: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withStore(market.command('report'))), [
    'vastdeck market report --by gpu --since 7d',
    'vastdeck market report --mode prices --by family,region --type on-demand',
    'vastdeck market report --mode ttr --gpu "RTX 4090" --json',
  ])
    .description('Utilisation, prices and time to rent from the store')
    .option('--mode <mode>', 'occupancy, latest, both, ttr, prices, daily or whole-gpu', 'occupancy')
    .option('--since <time>', 'for example 7d, yesterday, 2026-11-20')
    .option('--until <time>', 'for example now, 14:32, 2026-11-21T12:00:00Z')
    .option('--by <columns>', 'gpu, family, count, region, type, vram, price, verified, datacenter, host')
    .option('--gpu <name>', 'only this GPU')
    .option('--type <type>', 'on-demand or interruptible')
    .option(
      '--state <state>',
      'what counts as used: rentable (not rentable) or rented (the raw flag)',
      'rentable',
    )
    .option('--gaps <rule>', 'hours that no poll saw: unknown, or carry the last state', 'unknown')
    .option('--cadence <seconds>', 'credit of the last observation with --gaps carry', '360')
    .option(
      '--bands <prices>',
      'upper bounds of price bands in $/h for --by price, for example 0.2,0.4,0.8; default deciles',
    )
    .option('--min-samples <n>', 'leave out rows with fewer observations')
    .option('--limit <n>', 'at most so many rows; default all, on a terminal what fits')
    .option('--sort <column>', 'a column, biggest first; +column for smallest first')
    .action(async (flags: Flags) => {
      const { marketReport } = await import('./commands/market-report.ts');
      await marketReport(makeContext(), flags);
    });
}

function addStoreQuestions(market: Command, makeContext: MakeContext): void {
  withOutput(withStore(market.command('status')))
    .description('Newest poll, gaps, coverage, growth, and what each report still lacks')
    .action(async (flags: Flags) => {
      const { marketStatus } = await import('./commands/market-status.ts');
      await marketStatus(makeContext(), flags);
    });
  withExamples(withOutput(withStore(market.command('sql'))), [
    'vastdeck market sql "SELECT gpu_name, count(*) FROM offers_raw GROUP BY 1 ORDER BY 2 DESC"',
    'vastdeck market sql --recipe device-occupancy --param since=2026-11-20',
  ])
    .description('Any SELECT over offers_raw, spans and polls, in DuckDB')
    .argument('[sql...]', 'the statement; none with --recipe')
    .option('--recipe <name>', 'daily, time-to-rent, whole-gpu or device-occupancy')
    .option('--param <name=value...>', 'bind variables, for example --param since=2026-11-20')
    .action(async (sql: string[], flags: Flags) => {
      const { marketSql } = await import('./commands/market-sql.ts');
      await marketSql(makeContext(), sql.join(' '), flags);
    });
  withOutput(withStore(market.command('check')))
    .description('Prove the store whole: every poll against its hash, every file against the manifest')
    .action(async (flags: Flags) => {
      const { marketCheck } = await import('./commands/market-check.ts');
      await marketCheck(makeContext(), flags);
    });
}

function addExchange(market: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withStore(market.command('attach'))), ['vastdeck market attach > market.sql'])
    .description('Print SQL that opens live views of the store in any DuckDB')
    .action(async (flags: Flags) => {
      const { marketAttach } = await import('./commands/market-exchange.ts');
      marketAttach(makeContext(), flags);
    });
  withExamples(withOutput(withStore(market.command('export'))), [
    'vastdeck market export csv --out market.csv --since 7d',
    'vastdeck market export sqlite --out market.db',
    'vastdeck market export openmetrics --out - | gzip > market.om.gz',
  ])
    .description('Write the store as parquet, csv, sqlite or openmetrics')
    .argument('<format>', 'parquet, csv, sqlite or openmetrics')
    .requiredOption('--out <file>', 'the file to write; - is standard output (csv, openmetrics)')
    .option('--since <time>', 'from this time on')
    .option('--until <time>', 'up to this time')
    .option('--gpu <name>', 'only this GPU')
    .option('--type <type>', 'on-demand, interruptible or reserved')
    .option('--verified', 'only verified machines')
    .option('--overwrite', 'replace an existing file')
    .action(async (format: string, flags: Flags) => {
      const { marketExport } = await import('./commands/market-exchange.ts');
      await marketExport(makeContext(), format, flags);
    });
  withExamples(withOutput(withStore(market.command('import'))), [
    'vastdeck market import vastwatch.db --live',
    'vastdeck market import offers.csv.gz --store imported.market',
  ])
    .description('Take in Parquet, CSV, or a VastWatch SQLite or DuckDB file')
    .argument('<file>', 'the file to read')
    .option('--live', 'its polls are of the live market: "market collect" may go on in the same store')
    .action(async (file: string, flags: Flags) => {
      const { marketImport } = await import('./commands/market-exchange.ts');
      await marketImport(makeContext(), file, flags);
    });
}
