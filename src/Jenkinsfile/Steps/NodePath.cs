namespace Slipway.Jenkinsfile.Steps;

/// <summary>Paths as a node writes them; the controller may run on another system than the node.</summary>
internal static class NodePath
{
    /// <summary><paramref name="path"/> as seen from <paramref name="directory"/>, without <c>.</c> and <c>..</c>.</summary>
    public static string Resolve(string directory, string path, bool isUnix)
    {
        var separator = isUnix ? '/' : '\\';
        var text = isUnix ? path : path.Replace('/', '\\');
        var whole = IsAbsolute(text, isUnix) ? text : $"{directory}{separator}{text}";
        var root = isUnix ? "/" : whole[..2] + "\\";
        var segments = new List<string>();
        foreach (var segment in whole[(isUnix ? 1 : 2)..].Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                {
                    segments.RemoveAt(segments.Count - 1);
                }
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        return root + string.Join(separator, segments);
    }

    private static bool IsAbsolute(string path, bool isUnix) =>
        isUnix ? path.StartsWith('/') : path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]);
}
