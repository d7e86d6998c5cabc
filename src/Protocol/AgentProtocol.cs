namespace Slipway.Protocol;

/// <summary>
/// What controller and agent agree on before the first message. The whole contract is told in <c>docs/formats/agent-protocol.md</c>; a change here changes that page, and
/// <see cref="Version"/> with any change that the other side must know of.
/// </summary>
public static class AgentProtocol
{
    /// <summary>One number for the whole contract. A controller speaks this version and the one before.</summary>
    public const int Version = 1;

    public const int OldestVersion = 1;

    /// <summary>Where agents open their WebSocket, below the controller's root URL. Jenkins' path, so that ingress rules which exist already fit.</summary>
    public const string SocketPath = "wsagents/";

    /// <summary>Where operations send and fetch files; the operation's id follows.</summary>
    public const string TransferPath = "agents/transfer/";

    /// <summary>The names of headers in which an agent says who it is, as Jenkins' agents do.</summary>
    public const string NodeNameHeader = "Node-Name";
    public const string SecretHeader = "Secret-Key";

    public const string VersionHeader = "Slipway-Protocol";

    /// <summary>In the answer to the upgrade: how often each side pings, and how long an answer may take, in milliseconds with a comma between. A WebSocket takes both when it is made.</summary>
    public const string HeartbeatHeader = "Slipway-Heartbeat";

    /// <summary>Why a connection or transfer was refused, in one line that the agent shows. The body says the same.</summary>
    public const string RefusalHeader = "Slipway-Refusal";

    /// <summary>The largest control message: a <c>writeFile</c> or <c>readFile</c> travels in one.</summary>
    public const int LargestControlMessage = 64 * 1024 * 1024;

    /// <summary>The most output that one frame carries.</summary>
    public const int LargestOutput = 256 * 1024;

    public const int LongestId = 64;

    /// <summary>Whether a text can name an operation or an allocation: it becomes the name of a directory on the agent.</summary>
    public static bool IsId(ReadOnlySpan<char> id)
    {
        if (id.Length is 0 or > LongestId || id[0] == '.')
        {
            return false;
        }

        foreach (var character in id)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Why a side closed the WebSocket, as its close status. A connection that ends in any other way is opened again.</summary>
public static class AgentCloseStatus
{
    /// <summary>Another process connected under the same name: the older one must not come back.</summary>
    public const int Superseded = 4001;

    /// <summary>The node is not wanted any more. The agent ends what it runs, and leaves.</summary>
    public const int Removed = 4002;

    /// <summary>The other side broke the contract; the reason says how.</summary>
    public const int ProtocolError = 4003;
}
