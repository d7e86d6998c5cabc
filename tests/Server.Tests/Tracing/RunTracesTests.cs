using System.Net;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Server.Tracing;

namespace Slipway.Server.Tests.Tracing;

public sealed class RunTracesTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_run_is_a_trace_with_every_link_of_its_nodes_start_at_its_real_time()
    {
        await using var receiver = await TraceReceiver.StartAsync();
        using (Sdk.CreateTracerProviderBuilder().AddSource(RunTraces.SourceName).AddOtlpExporter(o => To(receiver, o)).Build())
        {
            RunTraces.Tell(Run(), [new NodeStartView(3, "pod-1", "kubernetes", "maven", true, [At("requested", 1), At("created", 1.1), At("pulled", 4.3), At("ready", 4.5)])]);
        }

        var spans = receiver.Spans.Where(s => s.TraceId == receiver.Spans.Single(r => r.Name == "RUN traced/job").TraceId).ToList();
        var run = spans.Single(s => s.Name == "RUN traced/job");
        var node = spans.Single(s => s.Name == "node");
        var pull = spans.Single(s => s.Name == "pulled");
        Assert.Equal(("", Begin, Begin.AddSeconds(10)), (run.Parent, run.Start, run.End));
        Assert.Equal((run.Id, Begin.AddSeconds(1), Begin.AddSeconds(4.5)), (node.Parent, node.Start, node.End));
        Assert.Equal((node.Id, Begin.AddSeconds(1.1), Begin.AddSeconds(4.3)), (pull.Parent, pull.Start, pull.End));
        Assert.Equal(["created", "pulled", "ready"], spans.Where(s => s.Parent == node.Id).OrderBy(s => s.Start).Select(s => s.Name));
        Assert.Equal(run.Id, spans.Single(s => s.Name == "queue").Parent);
    }

    [Fact]
    public async Task A_server_sends_each_run_once_when_it_has_ended()
    {
        await using var receiver = await TraceReceiver.StartAsync();
        await using (var server = await RunningServer.StartAsync(s => s with { SendsTraces = true }, e => e with { ConfigureTraces = o => To(receiver, o) }))
        {
            const string Job = "<flow-definition plugin=\"workflow-job@1\"><definition class=\"org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition\" plugin=\"workflow-cps@1\"><script>echo 'hello'</script><sandbox>true</sandbox></definition></flow-definition>";
            using var made = await server.Http.PostAsync("createItem?name=sent", new StringContent(Job, Encoding.UTF8, "text/xml"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, made.StatusCode);
            using var begun = await server.Http.PostAsync("job/sent/build", null, TestContext.Current.CancellationToken);
            await Eventually.TrueAsync("the trace has come", () => receiver.Spans.Any(s => s.Name == "RUN sent"));

            // Whatever happens to the run later is not its trace again.
            using var kept = await server.Http.PostAsync("job/sent/1/toggleLogKeep", null, TestContext.Current.CancellationToken);
        }

        Assert.Single(receiver.Spans, s => s.Name == "RUN sent");
    }

    private static void To(TraceReceiver receiver, OtlpExporterOptions options)
    {
        options.Endpoint = receiver.Url;
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 50;
    }

    private static NodeStartMoment At(string link, double seconds) => new(link, Begin.AddSeconds(seconds));

    private static RunDetailView Run() => new(
        new RunView(new RunId(7), new JobId(1), JobPath.Parse("traced/job"), 7, RunState.Finished, RunResult.Failure, "#7", null, Begin, Begin.AddSeconds(0.5), Begin.AddSeconds(10), null, false, null, null),
        [], [], [], [], "The step failed.", false, 0, null, null, ["pod-1"]);
}
