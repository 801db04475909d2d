import type { ApiClient, KubeObject } from '../support/api-client.ts';

/** Where Roles and RoleBindings are. */
export const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const CORE = '/api/v1/namespaces/default';
const COLLECTIONS = [
  `${CORE}/secrets`,
  `${CORE}/serviceaccounts`,
  `${RBAC}/roles`,
  `${RBAC}/rolebindings`,
] as const;
const SELECTOR = 'labelSelector=app.kubernetes.io/managed-by=mcce';

/** What mcce has made in a cluster for whoever; the kind is its plural. */
export async function madeByMcce(admin: ApiClient): Promise<KubeObject[]> {
  const lists = COLLECTIONS.map(async (path) => {
    const { items = [] } = await admin.must('GET', `${path}?${SELECTOR}`);
    return items.map((item) => ({ ...item, kind: path.split('/').at(-1) ?? '' }));
  });
  return (await Promise.all(lists)).flat();
}

export async function deleteMadeByMcce(admin: ApiClient): Promise<void> {
  for (const path of COLLECTIONS) await admin.must('DELETE', `${path}?${SELECTOR}`);
}
