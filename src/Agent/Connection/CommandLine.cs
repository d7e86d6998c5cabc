using Slipway.Agent.Operations;

namespace Slipway.Agent.Connection;

/// <summary>
/// Reads the command line and environment of a Jenkins inbound agent, so that images, pod templates and service files made for it work unchanged. What belongs to transports and
/// class loading that do not exist here is accepted and explained; what is unknown is refused.
/// </summary>
internal static class CommandLine
{
    public const string Help = """
        slipway-agent: connects this machine to a Slipway controller and does what it asks for.

          slipway-agent -url URL -name NAME -secret SECRET [-workDir DIRECTORY]
          slipway-agent -url URL SECRET NAME

          -url URL              the controller's root URL                         (or JENKINS_URL)
          -name NAME            the node's name                                   (or JENKINS_AGENT_NAME)
          -secret SECRET        the node's secret; @FILE reads it from a file     (or JENKINS_SECRET)
          -workDir DIRECTORY    where workspaces lie; made when it is missing     (or JENKINS_AGENT_WORKDIR)
          -internalDir NAME     the agent's own files, below the working directory (default: slipway)
          -failIfWorkDirIsMissing
          -noReconnect          end when the connection is lost
          -noReconnectAfter D   end when it stays lost for this long (30s, 10m, 1h)
          -tunnel HOST:PORT     connect there instead of to the URL's host         (or JENKINS_TUNNEL)
          -direct HOST:PORT     the same, and no -url is needed                    (or JENKINS_DIRECT_CONNECTION)
          -cert FILE            trust this authority (PEM) instead of the system's; SSL_CERT_FILE adds to all programs
          -disableHttpsCertValidation   trust any certificate: for tests only
          -webSocketHeader N=V  a further header for every request
          -agentLog FILE        write the agent's log to this file as well
          -version, -help

        {roles}

        A proxy is taken from HTTPS_PROXY or HTTP_PROXY, with NO_PROXY. Option names may be written with one dash or two.
        Further options may stand in REMOTING_OPTS; those of the command line go before them.
        Exit codes: 0 ended as asked, 1 failed, 2 wrong usage, 3 refused (name or secret), 4 controller gone, 5 superseded by another agent of this name, 6 working directory unusable.
        """;

    /// <summary>Jenkins' options that have a value and mean nothing here, with the reason.</summary>
    private static readonly Dictionary<string, string> IdleWithValue = new(StringComparer.OrdinalIgnoreCase)
    {
        ["instanceIdentity"] = "it belongs to Jenkins' own protocol; where the controller has to prove who it is, give an https:// URL",
        ["protocols"] = "there is one protocol",
        ["jar-cache"] = "no code is loaded from the controller",
        ["loggingConfig"] = "logging has nothing to configure",
        ["credentials"] = "the agent's name and secret are its credentials",
        ["auth"] = "the agent's name and secret are its credentials",
        ["jnlpCredentials"] = "the agent's name and secret are its credentials",
        ["proxyCredentials"] = "put them into the URL of HTTPS_PROXY",
        ["connectTo"] = "the connection is a WebSocket to the URL",
        ["tcp"] = "the connection is a WebSocket to the URL",
        ["cp"] = "no code is loaded",
        ["classpath"] = "no code is loaded",
        ["rolesAllowed"] = "no code is loaded",
    };

    private static readonly Dictionary<string, string> Idle = new(StringComparer.OrdinalIgnoreCase)
    {
        ["webSocket"] = "",
        ["headless"] = "",
        ["noKeepAlive"] = "connections are always watched by heartbeats",
        ["ping"] = "connections are always watched by heartbeats",
        ["text"] = "there is no pipe to speak over",
        ["disableWorkDir"] = "a working directory is always needed",
        ["jnlp"] = "",
    };

    public static AgentSettings Parse(IReadOnlyList<string> arguments, Func<string, string?> variable)
    {
        var settings = FromEnvironment(variable);
        arguments = [.. Words(variable("REMOTING_OPTS") ?? ""), .. arguments];
        var remarks = new List<string>(settings.Remarks);
        var positional = new List<string>();
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (!argument.StartsWith('-') || argument.Length == 1)
            {
                positional.Add(argument);
                continue;
            }

            var name = argument.TrimStart('-');
            if (Idle.TryGetValue(name, out var reason))
            {
                Remark(remarks, name, reason);
            }
            else if (Flag(settings, name) is { } flagged)
            {
                settings = flagged;
            }
            else
            {
                var value = index + 1 < arguments.Count ? arguments[++index] : throw new UsageException(IsKnown(name) ? $"The option -{name} needs a value." : Unknown(name));
                if (IdleWithValue.TryGetValue(name, out reason))
                {
                    Remark(remarks, name, reason);
                }
                else
                {
                    settings = Option(settings, name, value, remarks) ?? throw new UsageException(Unknown(name));
                }
            }
        }

        return Complete(Positional(settings, positional) with { Remarks = remarks });
    }

    private static AgentSettings FromEnvironment(Func<string, string?> variable)
    {
        string? Find(string name) => variable(name) is { Length: > 0 } value ? value : null;

        var remarks = new List<string>();
        foreach (var (name, option) in (ReadOnlySpan<(string, string)>)[("JENKINS_INSTANCE_IDENTITY", "instanceIdentity"), ("JENKINS_PROTOCOLS", "protocols")])
        {
            if (Find(name) is not null)
            {
                remarks.Add($"{name} is ignored: {IdleWithValue[option]}.");
            }
        }

        if (Find("JENKINS_JAVA_OPTS") is not null)
        {
            remarks.Add("JENKINS_JAVA_OPTS is ignored: there is no Java here to take options.");
        }

        return new AgentSettings
        {
            Tunnel = Find("JENKINS_TUNNEL"),
            Direct = Find("JENKINS_DIRECT_CONNECTION"),
            Container = Find(AgentVariables.Container),
            SocketDirectory = Find(AgentVariables.SocketDirectory) ?? Containers.Pod.UsualSocketDirectory,
            Url = Find("JENKINS_URL") ?? "",
            Name = Find("JENKINS_AGENT_NAME") ?? Find("JENKINS_NAME") ?? "",
            Secret = Find("JENKINS_SECRET") ?? "",
            WorkDirectory = Find("JENKINS_AGENT_WORKDIR"),
            OrphanTimeout = Find(AgentVariables.OrphanTimeout) is { } seconds ? Duration(seconds, AgentVariables.OrphanTimeout) : null,
            IsOneShot = Find(AgentVariables.OneShot) == "1",
            InPlaceWorkspace = Find(AgentVariables.Workspace) is { } workspace ? Path.GetFullPath(workspace) : null,
            LogFile = Find(AgentVariables.DetachedLog),
            IsDetached = Find(AgentVariables.DetachedLog) is not null,
            Remarks = remarks,
        };
    }

    private static AgentSettings? Flag(AgentSettings settings, string name) => name.ToUpperInvariant() switch
    {
        "NORECONNECT" => settings with { NoReconnect = true },
        "FAILIFWORKDIRISMISSING" => settings with { FailIfWorkDirectoryIsMissing = true },
        "NOCERTIFICATECHECK" or "DISABLEHTTPSCERTVALIDATION" => settings with { TrustAnyCertificate = true },
        _ => null,
    };

    private static AgentSettings? Option(AgentSettings settings, string name, string value, List<string> remarks)
    {
        switch (name.ToUpperInvariant())
        {
            case "URL":
                return settings with { Url = value };
            case "NAME":
                return settings with { Name = value };
            case "SECRET":
                return settings with { Secret = value };
            case "TUNNEL":
                return settings with { Tunnel = value };
            case "DIRECT" or "DIRECTCONNECTION":
                return settings with { Direct = value };
            case "WORKDIR":
                return settings with { WorkDirectory = value };
            case "INTERNALDIR":
                return settings with { InternalDirectory = value };
            case "CERT":
                return settings with { CertificateFile = value.TrimStart('@') };
            case "AGENTLOG" or "SLAVELOG":
                return settings with { LogFile = value };
            case "NORECONNECTAFTER":
                return settings with { NoReconnectAfter = Duration(value, "-noReconnectAfter") };
            case "WEBSOCKETHEADER":
                return settings with { Headers = [.. settings.Headers, Header(value)] };
            case "JNLPURL":
                remarks.Add("-jnlpUrl is out of date: use -url and -name.");
                return FromJnlpUrl(settings, value);
            default:
                return null;
        }
    }

    private static AgentSettings Positional(AgentSettings settings, List<string> positional) => positional switch
    {
        [] => settings,
        [var secret, var name] => settings with { Secret = secret, Name = name },
        [var secret] when settings.Name.Length > 0 && settings.Secret.Length == 0 => settings with { Secret = secret },
        _ => throw new UsageException($"Two words without an option were expected, the secret and the name; there are {positional.Count}."),
    };

    private static AgentSettings Complete(AgentSettings settings)
    {
        if (settings is { Url.Length: 0, Direct: { } direct })
        {
            settings = settings with { Url = $"http://{direct}/" };
        }

        var missing = new List<string>();
        AddMissing(missing, settings.Url, "-url (or JENKINS_URL), the controller's root URL");
        AddMissing(missing, settings.Name, "-name (or JENKINS_AGENT_NAME), the node's name");
        AddMissing(missing, settings.Secret, "-secret (or JENKINS_SECRET), shown on the node's page");
        if (missing.Count > 0)
        {
            throw new UsageException("Missing: " + string.Join("; ", missing) + ".");
        }

        if (!Uri.TryCreate(settings.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            throw new UsageException($"'{settings.Url}' is not a URL such as https://ci.example.org/ (-url or JENKINS_URL).");
        }

        settings = WithDetour(settings, url);
        var secret = settings.Secret.StartsWith('@') ? ReadSecret(settings.Secret[1..]) : settings.Secret.Trim();
        return secret.Any(character => character is < ' ' or > '~')
            ? throw new UsageException("The secret holds characters that no secret has. Copy it again from the node's page.")
            : settings with { Secret = secret };
    }

    private static AgentSettings WithDetour(AgentSettings settings, Uri url)
    {
        if ((settings.Direct ?? settings.Tunnel) is not { } text)
        {
            return settings;
        }

        var option = settings.Direct is null ? "-tunnel (or JENKINS_TUNNEL)" : "-direct (or JENKINS_DIRECT_CONNECTION)";
        var detour = Detour.Parse(text, url) is { } parsed && (settings.Direct is null || !(text.StartsWith(':') || text.EndsWith(':')))
            ? parsed
            : throw new UsageException($"{option} takes HOST:PORT{(settings.Direct is null ? ", HOST: or :PORT" : "")}, not '{text}'.");
        return settings with
        {
            Detour = detour,
            Remarks = detour.IsPlain && url.Scheme is "https" or "wss"
                ? [.. settings.Remarks, $"The connection to {detour.Host}:{detour.Port} is not encrypted, for the port for agents speaks plain TCP; without a tunnel it would be."]
                : settings.Remarks,
        };
    }

    /// <summary>The words of a variable, as a shell splits them where nothing is substituted.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var isOpen = false;
        var quote = '\0';
        foreach (var character in text)
        {
            if (quote != '\0' ? character == quote : character is '"' or '\'')
            {
                quote = quote == '\0' ? character : '\0';
                isOpen = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(character))
            {
                Close();
            }
            else
            {
                word.Append(character);
                isOpen = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (isOpen)
            {
                words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
        }
    }

    private static void AddMissing(List<string> missing, string value, string what)
    {
        if (value.Length == 0)
        {
            missing.Add(what);
        }
    }

    private static string ReadSecret(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The secret cannot be read from the file '{file}': {exception.Message}");
        }
    }

    /// <summary>Header names and values from outside end up in a request's head: no line may begin inside them.</summary>
    private static string Header(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is var equals and > 0 && !text.AsSpan().ContainsAny('\r', '\n', '\0')
            ? $"{text[..equals].Trim()}: {text[(equals + 1)..].Trim()}"
            : throw new UsageException($"-webSocketHeader takes NAME=VALUE, not '{text}'.");

    /// <summary><c>https://host/computer/NAME/jenkins-agent.jnlp</c> holds both the URL and the name.</summary>
    private static AgentSettings FromJnlpUrl(AgentSettings settings, string value)
    {
        var at = value.IndexOf("/computer/", StringComparison.Ordinal);
        var rest = at < 0 ? [] : value[(at + "/computer/".Length)..].Split('/');
        return rest.Length >= 2
            ? settings with { Url = value[..(at + 1)], Name = Uri.UnescapeDataString(rest[^2]) }
            : throw new UsageException($"'{value}' is not the URL of an agent's jenkins-agent.jnlp. Use -url and -name.");
    }

    /// <summary>A number of seconds, or a number with <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
    private static TimeSpan Duration(string text, string option)
    {
        var unit = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[^1] : 's';
        return int.TryParse(text.AsSpan().TrimEnd(unit), out var number) && number >= 0
            ? unit switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => throw new UsageException($"{option}: '{text}' is not a time such as 30s, 10m or 1h."),
            }
            : throw new UsageException($"{option}: '{text}' is not a time such as 30s, 10m or 1h.");
    }

    private static void Remark(List<string> remarks, string name, string reason)
    {
        if (reason.Length > 0)
        {
            remarks.Add($"-{name} is ignored: {reason}.");
        }
    }

    private static bool IsKnown(string name) =>
        IdleWithValue.ContainsKey(name) || Array.Exists(["url", "name", "secret", "tunnel", "direct", "directConnection", "workDir", "internalDir", "cert", "agentLog", "slaveLog", "noReconnectAfter", "webSocketHeader", "jnlpUrl"], known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Unknown(string name) => $"The option -{name} is not known. slipway-agent -help lists them all.";
}
