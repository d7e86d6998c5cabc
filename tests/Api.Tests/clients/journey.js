// What teams' scripts do, with npm's jenkins as it is: node journey.js URL [crumb]
"use strict";
const assert = require("assert/strict");
const Jenkins = require("jenkins");

const script = `
node {
  stage('Greet') {
    sh 'echo &quot;$GREETING&quot; | tee greeting.txt; for i in 1 2 3; do echo line $i; sleep 0.1; done'
    archiveArtifacts 'greeting.txt'
  }
}`;

const pipeline = (text) => `<?xml version='1.1' encoding='UTF-8'?>
<flow-definition>
  <properties>
    <hudson.model.ParametersDefinitionProperty>
      <parameterDefinitions>
        <hudson.model.StringParameterDefinition><name>GREETING</name><defaultValue>hello</defaultValue></hudson.model.StringParameterDefinition>
      </parameterDefinitions>
    </hudson.model.ParametersDefinitionProperty>
  </properties>
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"><script>${text}</script><sandbox>true</sandbox></definition>
</flow-definition>`;

const folder = `node-client-${process.pid}`;
const node = `node-node-${process.pid}`;
const job = `${folder}/greeter`;

async function waitFor(what, condition) {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const found = await condition();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`It did not come true that ${what}`);
}

async function main() {
  const [url, crumb] = process.argv.slice(2);
  const client = new Jenkins({ baseUrl: url, crumbIssuer: crumb === "crumb" });
  assert.equal((await client.info())._class, "hudson.model.Hudson");

  await client.job.create(folder, "<com.cloudbees.hudson.plugins.folder.Folder/>");
  await client.job.create(job, pipeline(script));
  assert.equal(await client.job.exists(job), true);
  assert.equal(await client.job.exists(`${folder}/nothing`), false);
  assert.match(await client.job.config(job), /GREETING/);
  assert.deepEqual((await client.job.list(folder)).map((j) => j.name), ["greeter"]);
  await assert.rejects(client.job.create(job, pipeline(script)), /already exists/);

  const item = await client.job.build({ name: job, parameters: { GREETING: "good day" } });
  const number = await waitFor("it leaves the queue", async () => (await client.queue.item(item)).executable?.number);
  const text = await new Promise((resolve, reject) => {
    const pieces = [];
    const log = client.build.logStream(job, number, { type: "text", delay: 50 });
    log.on("data", (piece) => pieces.push(piece));
    log.on("error", reject);
    log.on("end", () => resolve(pieces.join("")));
  });
  assert.match(text, /good day\n/);
  assert.match(text, /line 3\n/);
  assert.match(text, /Finished: SUCCESS\n$/);
  const run = await client.build.get(job, number);
  assert.equal(run.result, "SUCCESS");
  assert.equal(run.artifacts[0].relativePath, "greeting.txt");
  assert.equal((await client.build.log({ name: job, number, meta: true })).more, false);

  await client.job.config(job, pipeline("sleep 600"));
  const second = await client.job.build({ name: job, parameters: {} });
  const running = await waitFor("it runs", async () => (await client.queue.item(second)).executable?.number);
  await client.build.stop(job, running);
  await waitFor("it is stopped", async () => (await client.build.get(job, running)).result === "ABORTED");
  await client.build.term(job, running);

  await client.job.disable(job);
  assert.equal((await client.job.get(job)).buildable, false);
  await client.job.enable(job);
  await client.job.copy("greeter", `${folder}/copied`);
  await client.job.destroy(`${folder}/copied`);

  const waiting = await client.job.build({ name: job, parameters: {}, delay: "600sec" });
  assert.ok((await client.queue.list()).some((i) => i.id === waiting));
  await client.queue.cancel(waiting);
  assert.equal((await client.queue.item(waiting)).cancelled, true);

  await client.node.create({ name: node, numExecutors: 2, labels: "one two", remoteFS: "/tmp/node-node" });
  await client.node.disable(node, "for a while");
  assert.equal((await client.node.get(node)).temporarilyOffline, true);
  await client.node.enable(node);
  assert.ok((await client.node.list()).length >= 2);
  await client.node.destroy(node);
  assert.equal(await client.node.exists(node), false);
  assert.ok((await client.plugin.list()).some((p) => p.shortName === "workflow-job"));
  assert.equal((await client.label.get("local")).name, "local");
  assert.equal(await client.view.exists("all"), true);
  await assert.rejects(client.view.create("x"), /Views are not offered/);

  await client.job.destroy(folder);
  assert.equal(await client.job.exists(job), false);
  console.log("done");
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
