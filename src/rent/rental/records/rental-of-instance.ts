// What an instance that was there before its rental says of it: for what was adopted, and for what lost state forgot.
import type { Instance } from '../../../net/vast/index.ts';
import type { Launch, Rental, Terms } from './rental.ts';

const HOURS_A_MONTH = 720;

/** The contract is its own first attempt: its label stands for it. */
export function factsOf(
  instance: Instance,
): Pick<Rental, 'kind' | 'attempt' | 'terms' | 'instanceId' | 'machineId' | 'hostId'> {
  return {
    kind: 'adopted',
    attempt: 1,
    terms: termsFrom(instance),
    instanceId: instance.id,
    machineId: instance.machineId,
    hostId: instance.hostId ?? undefined,
  };
}

export function launchOf(instance: Instance): Launch {
  return {
    ...(instance.image !== null && { image: instance.image }),
    diskGb: instance.diskGb ?? 0,
    env: {},
    ports: [],
    withJupyter: instance.runtype?.includes('jupyter') ?? false,
    sshPublicKey: '',
    scopes: {},
  };
}

export function termsFrom(instance: Instance): Terms {
  const { storagePricePerGbMonth, diskGb, isInterruptible } = instance;
  return {
    offerId: 0,
    rentalType: isInterruptible ? 'interruptible' : 'on-demand',
    bidPerHour: isInterruptible ? instance.gpuPricePerHour : null,
    gpuName: instance.gpuName ?? 'unknown',
    gpuCount: instance.gpuCount ?? 0,
    gpuRamMb: instance.gpuRamGb === null ? null : Math.round(instance.gpuRamGb * 1_024),
    pricePerHour: instance.pricePerHour ?? 0,
    diskPricePerHour: ((storagePricePerGbMonth ?? 0) * (diskGb ?? 0)) / HOURS_A_MONTH,
    uploadPricePerGb: instance.uploadPricePerGb ?? 0,
    downloadPricePerGb: instance.downloadPricePerGb ?? 0,
    downloadMbps: instance.inetDownMbps,
    contractEndsAtMs: instance.endsAtMs,
    geolocation: instance.geolocation,
  };
}
