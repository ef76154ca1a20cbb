// Regions by name. The service knows countries only, so a region is sent as the list of its countries. The
// continents are those of the official CLI's `--region`; EU and EEA are the members in 2026.

const REGION_TEXTS = {
  Africa:
    'AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU ' +
    'MW MZ NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW',
  Asia:
    'AE AF AM AZ BD BH BN BT CN GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY ' +
    'NP OM PH PK QA SA SG SY TH TJ TL TM TR TW UZ VN YE',
  EEA: 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK',
  EU: 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK',
  Europe:
    'AD AL AT BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT ' +
    'NL NO PL PT RO RS RU SE SI SK SM UA VA XK',
  'North America': 'AG BB BS BZ CA CR CU DM DO GD GT HN HT JM KN LC MX NI PA SV TT US VC',
  Oceania: 'AS AU CK FJ FM GU KI MH MP NC NR NU NZ PF PG PN PW SB TK TO TV VU WF WS',
  'South America': 'AR BO BR CL CO EC FK GF GY PE PY SR UY VE',
} as const;

export type Region = keyof typeof REGION_TEXTS;

export const REGIONS: readonly Region[] = Object.keys(REGION_TEXTS) as Region[];

/** Codes that people use and the service does not. */
const COUNTRY_ALIASES: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' };

/** The region's name, or the country's two letters; undefined when `text` is neither. */
export function parsePlace(text: string): string | undefined {
  const spaced = text
    .trim()
    .replaceAll(/[_\s-]+/g, ' ')
    .toUpperCase();
  const region = REGIONS.find((name) => name.toUpperCase() === spaced);
  if (region !== undefined) return region;
  return /^[A-Z]{2}$/.test(spaced) ? (COUNTRY_ALIASES[spaced] ?? spaced) : undefined;
}

/** Countries of places, each once, in the order given. */
export function expandPlaces(places: readonly string[]): string[] {
  return [...new Set(places.flatMap((place) => countriesOf(place) ?? [place]))];
}

export function isRegion(place: string): boolean {
  return countriesOf(place) !== undefined;
}

function countriesOf(place: string): readonly string[] | undefined {
  return Object.hasOwn(REGION_TEXTS, place) ? REGION_TEXTS[place as Region].split(/\s+/) : undefined;
}
