"""What teams' scripts do, with Debian's python3-jenkins as it is: python3 journey.py URL [USER SECRET]"""
import os
import sys
import time

import jenkins

PIPELINE = """<?xml version='1.1' encoding='UTF-8'?>
<flow-definition plugin="workflow-job">
  <description>made by python-jenkins</description>
  <properties>
    <hudson.model.ParametersDefinitionProperty>
      <parameterDefinitions>
        <hudson.model.StringParameterDefinition><name>GREETING</name><defaultValue>hello</defaultValue></hudson.model.StringParameterDefinition>
        <hudson.model.BooleanParameterDefinition><name>LOUD</name><defaultValue>false</defaultValue></hudson.model.BooleanParameterDefinition>
      </parameterDefinitions>
    </hudson.model.ParametersDefinitionProperty>
  </properties>
  <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps">
    <script>%s</script>
    <sandbox>true</sandbox>
  </definition>
  <disabled>false</disabled>
</flow-definition>
"""

SCRIPT = """
node {
  stage('Greet') {
    sh 'echo &quot;$GREETING, loud: $LOUD&quot; | tee greeting.txt'
    writeFile file: 'report.xml', text: '&lt;testsuite name=&quot;s&quot;&gt;&lt;testcase classname=&quot;a.B&quot; name=&quot;c&quot;/&gt;&lt;/testsuite&gt;'
    junit 'report.xml'
    archiveArtifacts 'greeting.txt'
  }
}
"""

FOLDER = "python-client-%d" % os.getpid()
JOB = FOLDER + "/greeter"
NODE = "python-node-%d" % os.getpid()


def wait(what, condition):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("It did not come true that " + what)


def expect(actual, expected):
    assert actual == expected, "%r instead of %r" % (actual, expected)


def build(server, parameters):
    """Follows a request through the queue to the end of its run."""
    item = server.build_job(JOB, parameters)
    number = wait("item %d leaves the queue" % item, lambda: (server.get_queue_item(item).get("executable") or {}).get("number"))
    wait("#%d ends" % number, lambda: not server.get_build_info(JOB, number)["building"])
    return number


def main():
    server = jenkins.Jenkins(*sys.argv[1:])
    # It logs in with its first request but for this one's sake, which it sends as nobody.
    print("logged in as", server.get_whoami()["id"])
    assert server.get_version()[0].isdigit(), server.get_version()

    server.create_job(FOLDER, jenkins.EMPTY_FOLDER_XML)
    server.create_job(JOB, PIPELINE % SCRIPT)
    assert server.job_exists(JOB)
    assert not server.job_exists(FOLDER + "/nothing")
    expect(server.get_job_name(JOB), "greeter")
    assert "GREETING" in server.get_job_config(JOB)
    assert JOB in [job["fullname"] for job in server.get_all_jobs()]
    assert server.jobs_count() >= 2
    try:
        server.create_job(JOB, PIPELINE % SCRIPT)
        raise AssertionError("the name was given twice")
    except jenkins.JenkinsException as refusal:
        assert "already exists" in str(refusal), refusal

    first = build(server, {"GREETING": "good day", "LOUD": "true"})
    info = server.get_build_info(JOB, first)
    expect(info["result"], "SUCCESS")
    parameters = {p["name"]: p["value"] for action in info["actions"] for p in action.get("parameters", [])}
    expect(parameters, {"GREETING": "good day", "LOUD": True})
    expect([artifact["relativePath"] for artifact in info["artifacts"]], ["greeting.txt"])
    log = server.get_build_console_output(JOB, first)
    assert "good day, loud: true" in log and log.endswith("Finished: SUCCESS\n"), log
    expect(server.get_build_test_report(JOB, first)["passCount"], 1)
    expect(server.get_build_env_vars(JOB, first), None)

    second = build(server, {"GREETING": "again"})
    expect(second, first + 1)
    job = server.get_job_info(JOB, fetch_all_builds=True)
    expect([run["number"] for run in job["builds"]], [second, first])
    expect(job["lastSuccessfulBuild"]["number"], second)
    expect(job["nextBuildNumber"], second + 1)

    server.reconfig_job(JOB, PIPELINE % "node { sh 'exit 3' }")
    third = build(server, {"GREETING": "x"})
    expect(server.get_build_info(JOB, third)["result"], "FAILURE")
    expect(server.get_job_info(JOB)["color"], "red")

    server.reconfig_job(JOB, PIPELINE % "sleep 600")
    item = server.build_job(JOB, {"GREETING": "x"})
    fourth = wait("it runs", lambda: (server.get_queue_item(item).get("executable") or {}).get("number"))
    server.stop_build(JOB, fourth)
    wait("it is stopped", lambda: server.get_build_info(JOB, fourth)["result"] == "ABORTED")

    server.disable_job(JOB)
    expect(server.get_job_info(JOB)["buildable"], False)
    server.enable_job(JOB)
    server.set_next_build_number(JOB, 50)
    expect(server.get_job_info(JOB)["nextBuildNumber"], 50)
    server.copy_job(JOB, FOLDER + "/copied")
    server.rename_job(FOLDER + "/copied", FOLDER + "/renamed")

    # Not delete_build: in this version of the client it cannot carry a crumb, to Jenkins neither.
    assert server.get_queue_info() is not None
    assert server.get_running_builds() is not None

    server.create_node(NODE, numExecutors=2, labels="one two", remoteFS="/tmp/python-node", launcher=jenkins.LAUNCHER_JNLP)
    expect(server.get_node_info(NODE)["offline"], True)
    assert {"name": NODE, "offline": True} in server.get_nodes()
    server.delete_node(NODE)
    expect(server.get_plugins()["workflow-aggregator"]["longName"], "Pipeline")
    try:
        server.run_script("println 1")
        raise AssertionError("a script was run")
    except jenkins.JenkinsException as refusal:
        assert "403" in str(refusal) and "no script console" in str(refusal), refusal

    cancelled = server.build_job(JOB, {"GREETING": "x", "delay": "600sec"})
    server.cancel_queue(cancelled)
    expect(server.get_queue_item(cancelled)["cancelled"], True)
    server.delete_job(FOLDER)
    assert not server.job_exists(JOB)
    print("done")


main()
