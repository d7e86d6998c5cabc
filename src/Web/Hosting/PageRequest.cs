using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Hosting;

/// <summary>What a page may know of the request it answers: values only, so that one rendering can serve several requests.</summary>
/// <param name="Path">The path below the server's root, escaped, without a leading slash: what links of this page begin with.</param>
/// <param name="Route">The job or run that the path names; null elsewhere.</param>
public sealed record PageRequest(string Path, IReadOnlyDictionary<string, string> Query, JobRoute? Route, PageRights Rights, IRequestAccess Access)
{
    public JobPath Job => Route?.Job ?? JobPath.Root;

    public string? this[string name] => Query.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>What a command line must add to <c>curl</c> to be this caller; empty on an open server. For pages that are not shared between callers.</summary>
    public string CurlLogin => Access.IsOpen ? "" : $"-u '{(Access.Caller.IsAnonymous ? "USER" : Access.Caller.UserId.Replace("'", "", StringComparison.Ordinal))}:API-TOKEN' ";

    public int? Number(string name) => int.TryParse(this[name], out var value) ? value : null;
}

/// <summary>What the caller may do to the object that a page is about.</summary>
public sealed record PageRights(bool MayBuild, bool MayConfigure, bool MayAdminister)
{
    public static PageRights None { get; } = new(false, false, false);

    public static PageRights Of(IRequestAccess access, JobPath job) =>
        new(access.May(Permission.Build, job), access.May(Permission.Configure, job), access.May(Permission.Administer, JobPath.Root));
}
