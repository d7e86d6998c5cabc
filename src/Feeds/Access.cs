using Slipway.Model;

namespace Slipway.Feeds;

/// <summary>What a request must be allowed to do. Ordered: who may do more may do all that stands before it.</summary>
public enum Permission
{
    /// <summary>Nothing is asked: the login page, its assets, the health check.</summary>
    Anonymous,
    Read,

    /// <summary>Start, stop and cancel runs.</summary>
    Build,

    /// <summary>Create, change and delete jobs and runs.</summary>
    Configure,

    /// <summary>Nodes and the server itself.</summary>
    Administer,
}

/// <summary>
/// Endpoint metadata: what the caller must be allowed to do. Every endpoint of the server carries one; the access layer refuses requests to an endpoint without it,
/// so that no route is open by accident.
/// </summary>
/// <param name="ChecksCrumb">False only for endpoints that cannot be reached with a browser's session, such as an agent's connection.</param>
public sealed record RouteNeeds(Permission Permission, bool ChecksCrumb = true);

/// <summary>
/// Who asks, and what they may do; good beyond the request but for <see cref="Crumb"/>, since one rendering can serve several requests. The access layer puts it into the
/// request's features before any endpoint runs. By then it has refused callers who lack the endpoint's <see cref="RouteNeeds"/>, and requests that change state without a valid
/// crumb; endpoints ask again for the job they act on.
/// </summary>
public interface IRequestAccess
{
    Caller Caller { get; }

    /// <summary>The server runs without login (bound to loopback): there is nobody to log in or out.</summary>
    bool IsOpen { get; }

    /// <summary>What a request of this session that changes state must carry, as the header or form field <see cref="Crumbs.Field"/>; null where none is asked for.</summary>
    string? Crumb { get; }

    /// <summary>Whether the caller may do this to the job or folder; <see cref="JobPath.Root"/> asks for the server as a whole.</summary>
    bool May(Permission permission, JobPath job);
}

/// <summary>The protection against forged requests, named as Jenkins names it.</summary>
public static class Crumbs
{
    /// <summary>The name of the header and of the form field.</summary>
    public const string Field = "Jenkins-Crumb";
}
