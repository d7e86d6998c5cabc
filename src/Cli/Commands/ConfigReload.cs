using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Slipway.Cli.Output;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway config reload</c>: has a running server read its configuration again, and says what stands against it.</summary>
internal static class ConfigReload
{
    private const string TokenVariable = "CASC_RELOAD_TOKEN";
    private const string PasswordVariable = "SLIPWAY_API_TOKEN";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly Option<string> Url = new("--url") { Description = "The server; without this the one on this machine, where SLIPWAY_LISTEN says.", DefaultValueFactory = _ => UrlOfThisMachine(ServerCommand.Setting("LISTEN")), HelpName = "url" };
    private static readonly Option<string?> User = new("--user") { Description = $"An administrator, whose API token is in {PasswordVariable}. Not needed where {TokenVariable} has the server's reload token.", DefaultValueFactory = _ => ServerCommand.Setting("USER"), HelpName = "name" };

    public static Command Create()
    {
        var command = new Command("reload", $"Have a running server read its configuration again, with its reload token from {TokenVariable} or as an administrator.") { Url, User };
        command.SetAction((parsed, cancellation) => ReloadAsync(parsed.GetValue(Url)!, parsed.GetValue(User), cancellation));
        return command;
    }

    /// <summary>Where a server that listens there is found from its own machine.</summary>
    internal static string UrlOfThisMachine(string? listen)
    {
        var address = listen ?? "127.0.0.1:8080";
        var colon = address.LastIndexOf(':');
        var host = colon < 0 ? "" : address[..colon];
        return $"http://{(host is "" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : host)}:{address[(colon + 1)..]}/";
    }

    private static async Task<int> ReloadAsync(string url, string? user, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url.EndsWith('/') ? url : url + "/", UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"--url is '{url}', which is not an http or https URL. Write it in full, such as https://ci.example.com/.");
        }

        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = root, Timeout = Patience };
        using var request = RequestFor(user);
        HttpStatusCode status;
        string answer;
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            (status, answer) = (response.StatusCode, (await response.Content.ReadAsStringAsync(cancellation)).TrimEnd());
        }
        catch (HttpRequestException fault)
        {
            throw new UsageException($"{root} cannot be reached: {fault.Message}. Name the server with --url.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UsageException($"{root} has not answered within {Patience.TotalMinutes:0} minutes.");
        }

        switch (status)
        {
            case HttpStatusCode.OK:
                Terminal.Line(Terminal.Green(answer));
                return ExitCodes.Success;
            case HttpStatusCode.UnprocessableEntity:
                Terminal.Line(Terminal.Red(answer));
                return ExitCodes.Failure;
            default:
                throw new UsageException($"{root} answered {(int)status}: {answer}");
        }
    }

    /// <summary>By the token where there is one; else as whoever the server takes for an administrator.</summary>
    private static HttpRequestMessage RequestFor(string? user)
    {
        if (user is null && Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
        {
            return new HttpRequestMessage(HttpMethod.Post, "reload-configuration-as-code/?casc-reload-token=" + Uri.EscapeDataString(token));
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "configuration-as-code/reload");
        if (user is not null)
        {
            var secret = Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } given ? given : throw new UsageException($"--user needs the API token of '{user}' in the environment variable {PasswordVariable}.");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));
        }

        return request;
    }
}
