// Which figure a log means by a name. Names are compared in small letters without spaces and punctuation, so that
// `Training Loss`, `train/loss` and `train_loss` are one.
import type { NumberField } from './figures.ts';

/** What a name means: the place of the figure, or a place that needs the unit. */
export type Meaning =
  | NumberField
  | 'tokensPerS'
  | 'samplesPerS'
  | 'stepsPerS'
  | 'stepMs'
  | 'elapsedMs'
  | 'memoryMb'
  | 'memoryBytes';

const NAMES: Readonly<Record<Meaning, string>> = {
  epoch: 'epoch ep curepoch currentepoch trainepoch trainerepoch',
  totalEpochs: 'totalepochs numepochs numtrainepochs maxepochs nepochs epochsnum',
  step:
    'step steps globalstep globalsteps currentsteps currentstep trainglobalstep trainstep iter iteration iterations ' +
    'it itr batch update updates numupdates niter trainerglobalstep optimizerstep',
  totalSteps:
    'totalsteps maxsteps numsteps totaloptimizationsteps maxiters trainiters totaliters niters numiterations',
  loss:
    'loss trainloss trainingloss lmloss traincrossentropyloss avrloss avgloss averageloss lossavg totalloss lossstep ' +
    'trainlossstep trainlossepoch losstrain celoss nllloss lossloss trainlosses minibatchloss runningloss lossmean ' +
    'meanloss crossentropyloss crossentropy trainavgloss batchloss curloss',
  valLoss:
    'valloss validationloss evalloss testloss lossval validloss devloss vallossepoch evaluationloss losseval ' +
    'valavgloss lmlossvalue vallossavg evalcrossentropyloss validationlossepoch',
  learningRate: 'lr learningrate lrs lrpg0 baselr currentlr optimlr optimlearningrategroup0',
  gradNorm: 'gradnorm gradientnorm gnorm totalgradnorm optimtotalgradnorm gradl2norm',
  throughput: '',
  tokens:
    'tokens numtokens totaltokens throughputtotaltokens tokensseen ntokens numinputtokensseen consumedtokens ' +
    'trainedtokens ntokensseen',
  memoryGb:
    'memory mem peakmemory peakallocmemgb gpumem maxmem peakmemoryactive maxmemallocated vram memorymaxmemactivegib ' +
    'memorymaxactivegib memoryreservedgib memgb peakmemgb gpumemgb memoryusagegb',
  memoryMb: 'systempeakgpumemorymb peakmemorymb gpumemmb peakmemorymib maxmemmb memmb memorymb',
  memoryBytes: 'memorybytes peakmemorybytes',
  stepS: 'secondsperstep steptimes secperstep timeperstep secstep sit itertimes steptime',
  stepMs: 'elapsedtimeperiterationms iterdt stepavg steptimems itertimems dt',
  remainingS: '',
  elapsedS: 'elapsed elapsedtime trainruntime wallclock timeelapsed walltime',
  elapsedMs: 'traintime',
  tokensPerS:
    'tokenspersecond toks tokss tokenss tokenssec tokenspersec tokpersec wordspersecond wps tps ' +
    'throughputdevicetokenspersecond tokenspersecondpergpu traintokenspersecond tgs tokensgpusecond',
  samplesPerS:
    'samplespersecond samplessec sampless trainsamplespersecond samplespersec exampless examplespersecond imgs ' +
    'imagess imgsec samplepersec',
  stepsPerS:
    'stepspersecond trainstepspersecond its itspersec iterspersecond itpersec stepss batchespersecond',
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(NAMES).flatMap(([meaning, names]) =>
    names
      .split(' ')
      .filter((name) => name !== '')
      .map((name) => [name, meaning as Meaning] as const),
  ),
);

/** Names are few and come again with each line: what was found once is remembered, up to this many names. */
const REMEMBERED_MAX = 4_096;
const remembered = new Map<string, Meaning | null>();

/** What a log means by `name`; null where it is none of our figures. */
export function meaningOf(name: string): Meaning | null {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const meaning = MEANINGS.get(name.toLowerCase().replace(/[^a-z0-9]/g, '')) ?? null;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(name, meaning);
  return meaning;
}
