using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

/// <summary>What the names of one file mean: its imports, its package, the classes it declares; and the faults found so far.</summary>
internal sealed class ScriptContext
{
    private readonly Dictionary<string, string> _imports = [];
    private readonly List<string> _starImports = [];
    private readonly Dictionary<string, (string Class, string Member)> _staticImports = [];
    private readonly List<string> _staticStars = [];
    private readonly Dictionary<string, string> _declared = [];
    private readonly HashSet<string> _fullNames = [];
    private readonly List<Diagnostic> _diagnostics = [];

    public ScriptContext(SourceText source, string? package, IReadOnlyList<ImportNode> imports, CompilerOptions options)
    {
        Source = source;
        Package = package;
        Options = options;
        foreach (var import in imports)
        {
            var last = import.Name[(import.Name.LastIndexOf('.') + 1)..];
            var owner = import.Name.Contains('.', StringComparison.Ordinal) ? import.Name[..import.Name.LastIndexOf('.')] : "";
            switch (import)
            {
                case { IsStatic: true, IsStar: true }:
                    _staticStars.Add(WithoutStar(import.Name));
                    break;
                case { IsStatic: true }:
                    _staticImports[import.Alias ?? last] = (owner, last);
                    break;
                case { IsStar: true }:
                    _starImports.Add(WithoutStar(import.Name) + ".");
                    break;
                default:
                    _imports[import.Alias ?? last] = import.Name;
                    break;
            }
        }
    }

    public SourceText Source { get; }

    public string? Package { get; }

    public CompilerOptions Options { get; }

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Variables at the top of the script that fragments see too.</summary>
    public HashSet<string> TopLevelNames { get; } = [];

    public string ScriptClassName { get; set; } = "";

    /// <summary>Closures are numbered through the file as Groovy numbers them.</summary>
    public int ClosureCount { get; set; }

    public int AnonymousCount { get; set; }

    public void Report(string code, string message, Span span) => _diagnostics.Add(new Diagnostic(DiagnosticSeverity.Error, code, message, Source, span));

    public void Declare(string simpleName, string fullName)
    {
        _declared[simpleName] = fullName;
        _fullNames.Add(fullName);
    }

    public bool TryStaticImport(string name, out (string Class, string Member) found)
    {
        if (_staticImports.TryGetValue(name, out found))
        {
            return true;
        }

        foreach (var owner in _staticStars)
        {
            if (ResolveName(owner).Builtin is { } native && (native.FindStatics(name).Length > 0 || native.Own.Constants.ContainsKey(name)))
            {
                found = (owner, name);
                return true;
            }
        }

        return false;
    }

    /// <summary>Null for <c>def</c>, <c>Object</c> and nothing: no conversion is owed.</summary>
    public TypeRef? Resolve(TypeNode? type)
    {
        if (type is null || (type.ArrayRank == 0 && type.Name is "def" or "Object" or "java.lang.Object" or "var"))
        {
            return null;
        }

        return Make(type.Name, type.ArrayRank, type.Span);
    }

    public TypeRef ResolveAlways(TypeNode type) => Make(type.Name, type.ArrayRank, type.Span);

    /// <summary>A class by a name as written, where that can be one; null where nothing says that the name is a class.</summary>
    public TypeRef? TryClass(string name, Span span)
    {
        var (builtin, candidates, certain) = ResolveName(name);
        return builtin is not null || certain ? new TypeRef(name, 0, builtin, candidates, span) : null;
    }

    private TypeRef Make(string name, int rank, Span span)
    {
        var (builtin, candidates, _) = ResolveName(name);
        for (var i = 0; i < rank && builtin is not null; i++)
        {
            builtin = ClassTable.ArrayOf(builtin);
        }

        return new TypeRef(name, rank, builtin, candidates, span);
    }

    private (BuiltinClass? Builtin, string[] Candidates, bool Certain) ResolveName(string name)
    {
        if (_declared.TryGetValue(name, out var declared))
        {
            return (null, [declared], true);
        }

        var head = name;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0)
        {
            head = name[..dot];
            if (_declared.TryGetValue(head, out var outer) || _imports.TryGetValue(head, out outer))
            {
                var inner = outer + "$" + name[(dot + 1)..].Replace('.', '$');
                return (ClassTable.Find(inner), [inner], _fullNames.Contains(inner) || Options.IsKnownClass?.Invoke(inner) == true);
            }

            if (ClassTable.Find(name) is { } full)
            {
                return (full, [name], true);
            }

            if (ClassTable.TryDefault(name, out var nested))
            {
                return (nested, [name], true);
            }

            return (null, [name], Options.IsKnownClass?.Invoke(name) == true);
        }

        if (_imports.TryGetValue(name, out var imported))
        {
            return (ClassTable.Find(imported), [imported], true);
        }

        foreach (var star in _starImports)
        {
            if (ClassTable.Find(star + name) is { } found)
            {
                return (found, [found.Name], true);
            }
        }

        if (ClassTable.TryDefault(name, out var standard))
        {
            return (standard, [standard.Name], true);
        }

        var candidates = new List<string>();
        if (Package is not null)
        {
            candidates.Add(Package + "." + name);
        }

        candidates.Add(name);
        candidates.AddRange(_starImports.Select(s => s + name));
        candidates.AddRange(Options.DefaultImports.Select(s => s + "." + name));
        return (null, [.. candidates], Options.IsKnownClass is { } known && candidates.Exists(c => known(c)));
    }

    private static string WithoutStar(string name) => name.EndsWith(".*", StringComparison.Ordinal) ? name[..^2] : name;
}

/// <summary>How a script is compiled.</summary>
public sealed record CompilerOptions
{
    public static readonly CompilerOptions Default = new();

    /// <summary>The script's class as errors name it; null takes the file's name without its ending, as Groovy does.</summary>
    public string? ClassName { get; init; }

    /// <summary>
    /// Variables declared at the top of the script can be seen by fragments that are compiled in its scope later. For Declarative pipelines, whose parts are
    /// evaluated one by one.
    /// </summary>
    public bool SharesTopLevelVariables { get; init; }

    /// <summary>Whether the host or another script declares a class of this full name.</summary>
    public Func<string, bool>? IsKnownClass { get; init; }

    /// <summary>Packages whose classes need no import, beyond Groovy's own.</summary>
    public IReadOnlyList<string> DefaultImports { get; init; } = [];
}
