/** An Azure cloud: where it is asked, and below which names its registries lie. */
export interface AzureCloud {
  readonly name: string;
  /** Origin of Azure Resource Manager, https. */
  readonly resourceManager: string;
  /** Audience of the tokens for it. */
  readonly audience: string;
  /** Suffix of login servers, with the dot before it. */
  readonly suffix: string;
  /** Suffix of the stores of blobs to which registries redirect, with the dot before it. */
  readonly blobs: string;
}

/** The clouds that are known by their name. */
export const clouds: readonly AzureCloud[] = [
  {
    name: 'AzureCloud',
    resourceManager: 'https://management.azure.com',
    audience: 'https://management.azure.com',
    suffix: '.azurecr.io',
    blobs: '.blob.core.windows.net',
  },
  {
    name: 'AzureUSGovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    audience: 'https://management.usgovcloudapi.net',
    suffix: '.azurecr.us',
    blobs: '.blob.core.usgovcloudapi.net',
  },
  {
    name: 'AzureChinaCloud',
    resourceManager: 'https://management.chinacloudapi.cn',
    audience: 'https://management.chinacloudapi.cn',
    suffix: '.azurecr.cn',
    blobs: '.blob.core.chinacloudapi.cn',
  },
];

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** True if a text is one label right below the suffix of the cloud: no port, no user, no further dot. */
export const isLoginServerOf = ({ suffix }: AzureCloud, loginServer: string): boolean => {
  const name = loginServer.toLowerCase();
  return name.endsWith(suffix) && label.test(name.slice(0, -suffix.length));
};
