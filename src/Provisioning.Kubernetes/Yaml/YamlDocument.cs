using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Provisioning.Kubernetes.Yaml;

/// <summary>The text is not YAML, or is larger or deeper than anyone writes.</summary>
internal sealed class YamlFaultException(string message, int line, int column, Exception? inner = null) : Exception(message, inner)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}

/// <summary>
/// Reads the first document of a text into <see cref="YamlValue"/>. Pipelines bring YAML that nobody has reviewed, so depth and the number of nodes
/// (aliases counted as often as they are used) are limited before anything walks the tree.
/// </summary>
internal sealed class YamlDocument
{
    private const int DeepestNesting = 100;
    private const int MostNodes = 200_000;

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, (YamlValue Value, int Nodes)> _anchors = [];
    private int _nodes;

    private YamlDocument(string text) => _parser = new Parser(new StringReader(text));

    /// <returns>Null for a text without a document.</returns>
    /// <exception cref="YamlFaultException"/>
    public static YamlValue? Read(string text)
    {
        try
        {
            return new YamlDocument(text).Read();
        }
        catch (YamlException fault)
        {
            throw new YamlFaultException(fault.InnerException?.Message ?? fault.Message, (int)fault.Start.Line, (int)fault.Start.Column, fault);
        }
    }

    private YamlValue? Read()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        return ReadNode(0);
    }

    private YamlValue ReadNode(int depth)
    {
        var at = _parser.Current ?? throw new YamlFaultException("The text ends too early.", 1, 1);
        var (line, column) = ((int)at.Start.Line, (int)at.Start.Column);
        if (depth > DeepestNesting)
        {
            throw new YamlFaultException($"Nested more than {DeepestNesting} levels deep.", line, column);
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value, out var known))
            {
                throw new YamlFaultException($"The alias '*{alias.Value}' stands for nothing that was named before.", line, column);
            }

            Count(known.Nodes, line, column);
            return known.Value;
        }

        var before = _nodes;
        Count(1, line, column);
        var anchor = ((NodeEvent)at).Anchor;
        YamlValue value;
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            value = new YamlValue.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty, line, column);
        }
        else if (_parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlValue>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(depth + 1));
            }

            value = new YamlValue.Sequence(items, line, column);
        }
        else
        {
            _parser.Consume<MappingStart>();
            value = new YamlValue.Mapping(ReadEntries(depth), line, column);
        }

        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = (value, _nodes - before);
        }

        return value;
    }

    private List<(YamlValue.Scalar Key, YamlValue Value)> ReadEntries(int depth)
    {
        var entries = new List<(YamlValue.Scalar Key, YamlValue Value)>();
        var merged = new List<YamlValue>();
        var names = new HashSet<string>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadNode(depth + 1) is not YamlValue.Scalar key)
            {
                throw new YamlFaultException("A key has to be a plain text.", (int)_parser.Current!.Start.Line, (int)_parser.Current.Start.Column);
            }

            var value = ReadNode(depth + 1);
            if (key is { Text: "<<", IsPlain: true })
            {
                merged.AddRange(value is YamlValue.Sequence several ? several.Items : [value]);
            }
            else if (names.Add(key.Text))
            {
                entries.Add((key, value));
            }
            else
            {
                throw new YamlFaultException($"The key '{key.Text}' stands here twice.", key.Line, key.Column);
            }
        }

        // What the mapping says itself wins over what it takes in with '<<'.
        entries.AddRange(merged.OfType<YamlValue.Mapping>().SelectMany(mapping => mapping.Entries).Where(entry => names.Add(entry.Key.Text)));
        return entries;
    }

    private void Count(int nodes, int line, int column)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
        {
            throw new YamlFaultException($"More than {MostNodes} values, counting each use of an alias.", line, column);
        }
    }
}
