using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Api;

/// <summary>Running a program in a container through the API server: for the rare case that nothing of ours is in there yet.</summary>
public sealed partial class KubernetesClient
{
    private const string ExecProtocol = "v4.channel.k8s.io";
    private const int ExecOutputLimit = 64 * 1024;

    /// <summary>Runs a program to its end, without input. Of its output, 64 KiB are kept.</summary>
    /// <exception cref="KubernetesException">
    /// It could not be started, or the connection broke (<see cref="KubernetesException.IsOutcomeUnknown"/>: it may have run, or still run). A program that ends with another exit code than 0 is no
    /// exception.
    /// </exception>
    public async Task<ExecResult> ExecAsync(string @namespace, string pod, string container, IReadOnlyList<string> command, CancellationToken cancellation)
    {
        var query = new QueryString().Add("container", container).AddFlag("stdout", true).AddFlag("stderr", true);
        foreach (var word in command)
        {
            query.Add("command", word);
        }

        var subject = new RequestSubject("create", "pods/exec", @namespace, pod);
        using var limit = new CancellationTokenSource(Connection.ReadTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var socket = await _transport.OpenWebSocketAsync(ResourceType.Pods.Path(@namespace, pod, "exec") + query, ExecProtocol, subject, either.Token);
        var output = new StringBuilder();
        try
        {
            var message = new ArrayBufferWriter<byte>();
            while (true)
            {
                message.Clear();
                ValueWebSocketReceiveResult received;
                do
                {
                    received = await socket.ReceiveAsync(message.GetMemory(4096), either.Token);
                    message.Advance(received.Count);
                }
                while (!received.EndOfMessage);

                if (received.MessageType == WebSocketMessageType.Close)
                {
                    throw KubernetesException.NoAnswer(subject, $"the connection ended before the program did{After(output)}", isTransient: true, isOutcomeUnknown: true, null);
                }

                // The first byte is the channel: 1 and 2 are the program's output, 3 is how it ended.
                switch (message.WrittenSpan)
                {
                    case [1 or 2, .. var text] when output.Length < ExecOutputLimit:
                        output.Append(Encoding.UTF8.GetString(text));
                        break;
                    case [3, .. var status]:
                        return ReadEnd(subject, status, output.ToString());
                }
            }
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is WebSocketException or OperationCanceledException or IOException)
        {
            var reason = limit.IsCancellationRequested ? $"the program did not end within {Connection.ReadTimeout.TotalSeconds:0.#} s" : $"the connection broke: {e.Message}";
            throw KubernetesException.NoAnswer(subject, reason + After(output), isTransient: true, isOutcomeUnknown: true, e);
        }
    }

    private static string After(StringBuilder output) => output.Length == 0 ? "" : $" (it wrote: {output.ToString().Trim()})";

    private static ExecResult ReadEnd(RequestSubject subject, ReadOnlySpan<byte> status, string output)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(status);
        }
        catch (JsonException e)
        {
            throw KubernetesException.NoAnswer(subject, "how the program ended is told in no form that is known here", isTransient: false, isOutcomeUnknown: true, e);
        }

        if (json.TextAt("status") == "Success")
        {
            return new ExecResult(0, output);
        }

        var exitCode = json.ItemsAt("details", "causes").Where(cause => cause.TextAt("reason") == "ExitCode").Select(cause => cause.TextAt("message")).FirstOrDefault();
        return int.TryParse(exitCode, out var code)
            ? new ExecResult(code, output)
            : throw KubernetesException.NoAnswer(subject, $"the program could not be run: {json.TextAt("message") ?? json.TextAt("reason")}", isTransient: false, isOutcomeUnknown: false, null);
    }
}

/// <param name="Output">Of both streams, in the order they came.</param>
public sealed record ExecResult(int ExitCode, string Output);
