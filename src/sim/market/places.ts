// Where machines stand: geolocation texts with their weights in the recorded market of 2024-11-05, its
// oddities (", CN", "Quebec,CA", one country written two ways) included. Coordinates are of the region.

export interface Place {
  /** As on the wire. */
  readonly geolocation: string;
  readonly countryCode: string;
  /** The service's number for the country; 0 where it did not understand the text. */
  readonly geolocode: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly weight: number;
}

/** The service's number for a country, as recorded (54 countries, 2024-11-05 and 2026-07-18). */
export const GEOLOCODES: Readonly<Record<string, number>> = {
  AE: 747483493,
  AR: 1390031285,
  AU: 147759926,
  BG: 1588650921,
  BR: 196129899,
  CA: 513588759,
  CN: 921675020,
  CZ: 1924176688,
  DE: 584345388,
  EE: 1917538214,
  ES: 1626687101,
  FI: 835923585,
  FR: 1109525496,
  GB: 231987552,
  GR: 748891762,
  HK: 779321654,
  HU: 1337047143,
  IN: 770864666,
  IS: 838430027,
  IT: 596270903,
  JP: 57088895,
  KR: 296503878,
  KZ: 1167864541,
  LT: 746503989,
  MK: 1565616317,
  NL: 1668726180,
  NO: 1365332043,
  NZ: 1627129335,
  PL: 334059079,
  RO: 1196447765,
  RU: 1796381238,
  SE: 189478972,
  SG: 930094058,
  SI: 549006444,
  TH: 1346900269,
  TR: 1755869950,
  TW: 2068045917,
  UA: 1783234984,
  US: 433199645,
  VN: 1895214017,
  ZA: 2012258411,
};

const ROWS: readonly (readonly [geolocation: string, weight: number, latitude: number, longitude: number])[] =
  [
    ['Quebec, CA', 116, 46.8, -71.2],
    ['Quebec,CA', 1, 46.8, -71.2],
    ['Sweden, SE', 82, 59.3, 18.1],
    ['Norway, NO', 75, 59.9, 10.8],
    ['Japan, JP', 57, 35.7, 139.7],
    ['United Kingdom, GB', 48, 51.5, -0.1],
    ['Spain, ES', 44, 40.4, -3.7],
    ['France, FR', 42, 48.9, 2.4],
    [', US', 42, 37.8, -97.8],
    ['South Korea, KR', 40, 37.6, 127],
    ['Washington, US', 37, 47.6, -122.3],
    ['Taiwan, TW', 36, 25, 121.5],
    ['Texas, US', 35, 32.8, -96.8],
    ['Poland, PL', 32, 52.2, 21],
    ['Iceland, IS', 31, 64.1, -21.9],
    ['British Columbia, CA', 31, 49.3, -123.1],
    ['New York, US', 28, 40.7, -74],
    ['California, US', 23, 34.1, -118.2],
    ['Minnesota, US', 23, 45, -93.3],
    ['Romania, RO', 20, 44.4, 26.1],
    ['Czechia, CZ', 19, 50.1, 14.4],
    ['Bulgaria, BG', 19, 42.7, 23.3],
    ['The Netherlands, NL', 18, 52.4, 4.9],
    ['Netherlands, NL', 5, 52.4, 4.9],
    ['United Arab Emirates, AE', 17, 25.2, 55.3],
    ['Hong Kong, HK', 17, 22.3, 114.2],
    ['New Zealand, NZ', 17, -36.8, 174.8],
    ['Alberta, CA', 16, 51, -114.1],
    ['Australia, AU', 15, -33.9, 151.2],
    ['Germany, DE', 15, 50.1, 8.7],
    ['Argentina, AR', 14, -34.6, -58.4],
    ['New Jersey, US', 13, 40.7, -74.2],
    ['Greece, GR', 13, 38, 23.7],
    ['Henan, CN', 12, 34.8, 113.7],
    ['Guangxi, CN', 11, 22.8, 108.3],
    [', CN', 10, 34.8, 113.7],
    ['Ontario, CA', 10, 43.7, -79.4],
    ['Utah, US', 9, 40.8, -111.9],
    ['Thailand, TH', 9, 13.8, 100.5],
    ['Montana, US', 8, 46.6, -112],
    ['Finland, FI', 7, 60.2, 24.9],
    ['Viken, NO', 7, 59.7, 10.2],
    ['Guangdong, CN', 7, 23.1, 113.3],
    ['Virginia, US', 7, 39, -77.5],
    ['Vietnam, VN', 7, 21, 105.9],
    ['India, IN', 7, 19.1, 72.9],
    ['Italy, IT', 6, 45.5, 9.2],
    ['Shanghai, CN', 6, 31.2, 121.5],
    ['Lithuania, LT', 6, 54.7, 25.3],
    ['North Macedonia, MK', 5, 42, 21.4],
    ['Kazakhstan, KZ', 5, 43.2, 76.9],
    ['Brazil, BR', 4, -23.6, -46.6],
    ['Ukraine, UA', 3, 50.5, 30.5],
    ['South Africa, ZA', 3, -26.2, 28],
    ['Moscow, RU', 3, 55.8, 37.6],
    ['Singapore, SG', 2, 1.3, 103.8],
    ['Estonia, EE', 1, 59.4, 24.8],
    ['Hungary, HU', 1, 47.5, 19],
    ['Lendava, SI', 1, 46.6, 16.5],
    ['T\u00fcrkiye, TR', 1, 41, 29],
  ];

export const PLACES: readonly Place[] = ROWS.map(([geolocation, weight, latitude, longitude]) => {
  const countryCode = geolocation.slice(-2);
  const isUnderstood = geolocation.includes(', ');
  return {
    geolocation,
    countryCode,
    geolocode: isUnderstood ? (GEOLOCODES[countryCode] ?? 0) : 0,
    latitude,
    longitude,
    weight,
  };
});
