import { IsBoolean, IsIn, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTexts, IsTime } from '../rules.ts';
import { registryId } from './example.ts';

/** The configuration of a registry. Holds no credential. */
export class RegistryObserved {
  /** ARM id of the registry. */
  @IsString() @IsNotEmpty() registryId: string;
  /** Host name, with a port if there is one. */
  @IsString() @IsNotEmpty() loginServer: string;
  /** Its subscription. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** Name of the subscription for people. */
  @IsString() subscriptionName: string;
  /** Region of the registry. */
  @IsString() location: string;
  /** Azure's tier of the registry. */
  @IsString() sku: string;
  /** `AzureCloud`, or the name of a national cloud. */
  @IsString() cloud: string;
  /** `restricted` if the registry answers in some networks only. */
  @IsIn(['public', 'restricted']) networkAccess: 'public' | 'restricted';
  /** True if its images are assessed although it is restricted: Assay runs inside its network. */
  @IsOptional() @IsBoolean() assessesRestricted?: boolean;
  /** The time since which Azure Resource Manager states this network. */
  @IsOptional() @IsTime() answeredAt?: string;
  /** True if it is reached without TLS. */
  @IsBoolean() plainHttp: boolean;
  /** CIDR blocks that Assay may connect to although they are not public. */
  @IsTexts() allowAddresses: string[];
  /** Tags of the registry as a resource, by name. */
  @IsObject() tags: Record<string, string>;
  /** Changes when credentials or further hosts change, and reveals nothing about them. */
  @IsOptional() @IsString() access?: string;
  /** The discovery that found it. Absent if the configuration names it. No identity is used by this alone. */
  @IsOptional() @IsString() discovery?: string;
  /** True if the registry is not watched any more. */
  @IsBoolean() removed: boolean;
  /**
   * Only of a removed registry: its images keep their status until they are deleted, or are closed as not applicable.
   * Absent until it is decided.
   */
  @IsOptional() @IsIn(['keep', 'close']) removedImages?: 'keep' | 'close';
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsOptional() @IsString() why?: string;
}

/** True if the network of a registry excludes its images. */
export const isShutOff = ({
  networkAccess,
  assessesRestricted,
}: Pick<RegistryObserved, 'networkAccess' | 'assessesRestricted'>): boolean =>
  networkAccess === 'restricted' && assessesRestricted !== true;

export const registryObserved = defineEvent({
  topic: 'registry.observed',
  data: RegistryObserved,
  summary: 'A registry was onboarded, changed or removed.',
  examples: {
    1: {
      registryId,
      loginServer: 'myreg.registry.test',
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      subscriptionName: 'Example',
      location: 'westeurope',
      sku: 'Standard',
      cloud: 'AzureCloud',
      networkAccess: 'public',
      plainHttp: false,
      allowAddresses: [],
      tags: {},
      removed: false,
      by: 'configuration',
    },
  },
});
