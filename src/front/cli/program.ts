// The commands, their flags and their help. Each command's code is loaded only when it runs, so that help and
// completion stay quick.
import { Command, Option } from 'commander';
import { createContext } from './context.ts';
import type { Flags } from './flags.ts';
import type { Terminal } from './process.ts';
import { VERSION } from './version.ts';

export function buildProgram(terminal: Terminal): Command {
  const program = new Command('vastdeck')
    .description('Watch the Vast.ai GPU market, rent on it, host on it.')
    .version(VERSION, '-V, --version')
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .configureHelp({ helpWidth: Math.min(terminal.columns, 110), sortSubcommands: false })
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride();
  addWatch(program, terminal);
  addRunning(program, terminal);
  addHabits(program, terminal);
  return program;
}

function addWatch(program: Command, terminal: Terminal): void {
  program.commandsGroup('Watch:');
  withOutput(program.command('offers'))
    .description('Search offers as they are now')
    .argument('[query...]', "for example 'gpu_name=RTX_4090 num_gpus>=2 geolocation in [US,CA] verified=any'")
    .option('--order <field>', 'sort by this field; a trailing - sorts down', 'dph')
    .option('--limit <n>', 'at most so many rows', '20')
    .option('--type <type>', 'on-demand, interruptible or reserved', 'on-demand')
    .option('--storage <gb>', 'disk to include in the price', '8')
    .option('--bundled', 'one row for similar offers, as the website shows them')
    .option('--no-default-filters', 'also unverified, external and unrentable offers')
    .action(async (query: string[], flags: Flags) => {
      const { offers } = await import('./commands/offers.ts');
      await offers(createContext(terminal), query.join(' '), flags);
    });
  withOutput(program.command('price'))
    .description('What a GPU costs now: on-demand, interruptible, reserved, and by region')
    .argument('<gpu>', 'for example "RTX 4090"; RTX_4090 and rtx-4090 are the same')
    .option('--by <column>', 'region or count', 'region')
    .action(async (gpu: string, flags: Flags) => {
      const { price } = await import('./commands/price.ts');
      await price(createContext(terminal), gpu, flags);
    });
  addMarket(
    program.command('market').description('Collect the market into a small store and report on it'),
    terminal,
  );
}

function addMarket(market: Command, terminal: Terminal): void {
  withStore(market.command('collect'))
    .description('Poll the market and store what changes')
    .option('--polls <n>', 'end after so many polls')
    .option('--interval <seconds>', 'from one poll to the next (VW_POLL_INTERVAL_SEC, default 360)')
    .option('--filter <query>', 'collect only offers that match (VW_FILTER)')
    .option('--types <list>', 'on-demand, interruptible, or both', 'on-demand,interruptible')
    .action(async (flags: Flags) => {
      const { marketCollect } = await import('./commands/market-collect.ts');
      await marketCollect(createContext(terminal), flags);
    });
  withOutput(withStore(market.command('report')))
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
    .option('--limit <n>', 'at most so many rows')
    .option('--sort <column>', 'a column, biggest first; +column for smallest first')
    .action(async (flags: Flags) => {
      const { marketReport } = await import('./commands/market-report.ts');
      await marketReport(createContext(terminal), flags);
    });
  withOutput(withStore(market.command('status')))
    .description('Newest poll, gaps, coverage, growth, and what each report still lacks')
    .action(async (flags: Flags) => {
      const { marketStatus } = await import('./commands/market-status.ts');
      await marketStatus(createContext(terminal), flags);
    });
  withOutput(withStore(market.command('sql')))
    .description('Any SELECT over offers_raw, spans and polls, in DuckDB')
    .argument('[sql...]', 'the statement; none with --recipe')
    .option('--recipe <name>', 'daily, time-to-rent, whole-gpu or device-occupancy')
    .option('--param <name=value...>', 'bind variables, for example --param since=2026-11-20')
    .action(async (sql: string[], flags: Flags) => {
      const { marketSql } = await import('./commands/market-sql.ts');
      await marketSql(createContext(terminal), sql.join(' '), flags);
    });
  withStore(market.command('attach'))
    .description('Print SQL that opens live views of the store in any DuckDB')
    .action(async (flags: Flags) => {
      const { marketAttach } = await import('./commands/market-exchange.ts');
      await marketAttach(createContext(terminal), flags);
    });
  withStore(market.command('export'))
    .description('Write the store as parquet, csv, sqlite or openmetrics')
    .argument('<format>', 'parquet, csv, sqlite or openmetrics')
    .requiredOption('--out <file>', 'the file to write; - is standard output (csv, openmetrics)')
    .option('--since <time>', 'from this time on')
    .option('--until <time>', 'up to this time')
    .option('--overwrite', 'replace an existing file')
    .action(async (format: string, flags: Flags) => {
      const { marketExport } = await import('./commands/market-exchange.ts');
      await marketExport(createContext(terminal), format, flags);
    });
  withOutput(withStore(market.command('import')))
    .description('Take in Parquet, CSV, or a VastWatch SQLite or DuckDB file')
    .argument('<file>', 'the file to read')
    .action(async (file: string, flags: Flags) => {
      const { marketImport } = await import('./commands/market-exchange.ts');
      await marketImport(createContext(terminal), file, flags);
    });
  withOutput(withStore(market.command('check')))
    .description('Prove the store whole: every poll against its hash, every file against the manifest')
    .action(async (flags: Flags) => {
      const { marketCheck } = await import('./commands/market-status.ts');
      await marketCheck(createContext(terminal), flags);
    });
}

function addRunning(program: Command, terminal: Terminal): void {
  program.commandsGroup('Run it:');
  withStore(program.command('up'))
    .description('Collect the market and keep its occupancy on the screen; simulated without a key')
    .option('--simulate', 'the simulated market even where a key is set')
    .option('--seed <seed>', 'of the simulated market')
    .option('--offers <n>', 'size of the simulated market', '1500')
    .option('--backfill <duration>', 'simulated time to collect before the first screen', '1d')
    .option('--interval <seconds>', 'from one poll to the next (VW_POLL_INTERVAL_SEC, default 360)')
    .option('--polls <n>', 'end after so many polls')
    .action(async (flags: Flags) => {
      const { up } = await import('./commands/up.ts');
      await up(createContext(terminal), flags);
    });
  program
    .command('sim')
    .description('Serve a simulated Vast.ai API on loopback')
    .option('--port <n>', '0 takes a free one', '0')
    .option('--seed <seed>', 'the same seed is the same market')
    .option('--offers <n>', 'size of the market', '10000')
    .option('--cap <n>', 'most rows of one answer; a list takes one a day in turn')
    .option('--searches-per-minute <n>', 'the search limit; 0 switches it off', '10')
    .option('--fault <name=probability...>', 'for example --fault server-error=0.05')
    .option('--replay <path>', 'serve recorded answers: JSON, .json.gz, JSONL, or a folder of them')
    .action(async (flags: Flags) => {
      const { sim } = await import('./commands/sim.ts');
      await sim(createContext(terminal), flags);
    });
  withOutput(program.command('doctor'))
    .description('Check Node, folders, key, network and store, and say what to do')
    .action(async (flags: Flags) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor(createContext(terminal), flags);
    });
  program
    .command('login')
    .description('Store an API key after trying it')
    .option('--key-stdin', 'read the key from standard input')
    .action(async (flags: Flags) => {
      const { login } = await import('./commands/login.ts');
      await login(createContext(terminal), flags);
    });
  const config = program.command('config').description('Settings and where they come from');
  withOutput(config.command('show'))
    .description('Every setting, its value and its source')
    .action(async (flags: Flags) => {
      const { configShow } = await import('./commands/config-show.ts');
      configShow(createContext(terminal), flags);
    });
}

/** What fingers that know the official CLI type. */
function addHabits(program: Command, terminal: Terminal): void {
  withOutput(program.command('search', { hidden: true }))
    .argument('<what>')
    .argument('[query...]')
    .option('--order <field>', '', 'dph')
    .option('-o <field>')
    .option('--limit <n>', '', '20')
    .option('--type <type>', '', 'on-demand')
    .option('--raw')
    .action(async (what: string, query: string[], flags: Flags) => {
      const { searchByHabit } = await import('./commands/offers.ts');
      await searchByHabit(createContext(terminal), what, query.join(' '), flags);
    });
}

function withOutput(command: Command): Command {
  return command
    .option('--json', 'one JSON array of rows')
    .addOption(
      new Option('--format <format>', 'table on a terminal, else tsv').choices([
        'table',
        'tsv',
        'csv',
        'json',
      ]),
    );
}

function withStore(command: Command): Command {
  return command.option('--store <folder>', 'the market store (VW_DB)');
}
