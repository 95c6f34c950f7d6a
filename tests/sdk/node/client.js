// The official SDKs for Node, driven by lines: a call in, its outcome out. ACS3 by openapi-client, V1
// by pop-core.
'use strict';

const readline = require('readline');

const address = process.argv[2];
const version = '2020-01-01';

// The process's clock, not the SDK, is set back.
let late = 0;
const RealDate = Date;
global.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [RealDate.now() - late]));
  }
};

const OpenApi = require('@alicloud/openapi-client');
const RpcClient = require('@alicloud/pop-core').RPCClient;
const { RuntimeOptions } = require('@alicloud/tea-util');

async function acs3(call) {
  const client = new OpenApi.default(new OpenApi.Config({
    accessKeyId: call.key,
    accessKeySecret: call.secret,
    securityToken: call.token || undefined,
    endpoint: address,
    protocol: 'http',
  }));
  const params = new OpenApi.Params({
    action: call.action,
    version,
    protocol: 'HTTP',
    pathname: '/',
    method: call.method,
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = new OpenApi.OpenApiRequest({
    ...(call.place === 'body' ? {} : { query: call.parameters }),
    ...(call.place === 'query' ? {} : { body: call.parameters }),
  });
  try {
    const answer = await client.callApi(params, request, new RuntimeOptions({ autoretry: false }));
    return { status: answer.statusCode, body: answer.body };
  } catch (error) {
    return { status: error.data && error.data.statusCode, code: error.code };
  }
}

async function v1(call) {
  const client = new RpcClient({
    endpoint: `http://${address}`,
    apiVersion: version,
    accessKeyId: call.key,
    accessKeySecret: call.secret,
    securityToken: call.token || undefined,
  });
  try {
    const body = await client.request(call.action, call.parameters, { method: call.method });
    return { status: 200, body };
  } catch (error) {
    return { status: error.entry && error.entry.response.statusCode, code: error.code };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const call = JSON.parse(line);
    late = call.late * 1000;
    const outcome = await (call.signature === 'v1' ? v1 : acs3)(call);
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  }
  process.exit(0);
}

main();
