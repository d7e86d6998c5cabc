namespace Slipway.Model;

/// <summary>Which files of a directory are meant: those that an include pattern names and no exclude pattern does.</summary>
public sealed class AntFileSet
{
    private readonly AntGlob[] _include;
    private readonly AntGlob[] _exclude;

    /// <param name="include">Empty means everything.</param>
    public AntFileSet(IEnumerable<string> include, IEnumerable<string> exclude, bool useDefaultExcludes, bool caseSensitive = true)
    {
        _include = [.. include.Where(pattern => pattern.Length > 0).DefaultIfEmpty("**").Select(pattern => AntGlob.Parse(pattern, !caseSensitive))];
        var excludes = useDefaultExcludes ? exclude.Concat(AntGlob.DefaultExcludes) : exclude;
        _exclude = [.. excludes.Where(pattern => pattern.Length > 0).Select(pattern => AntGlob.Parse(pattern, !caseSensitive))];
    }

    public bool Contains(string path) => Array.Exists(_include, glob => glob.IsMatch(path)) && !Array.Exists(_exclude, glob => glob.IsMatch(path));

    /// <summary>Whether a walk needs to look into this directory.</summary>
    public bool MayContainBelow(string directory) => Array.Exists(_include, glob => glob.MayMatchBelow(directory));
}
