using System.Net.Sockets;
using System.Text;
using Slipway.Agent.Connection;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Model;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Agent.Files;

/// <summary>
/// Sends and fetches files over HTTP, straight between disk and connection. A broken transfer is begun again: the controller counts only whole ones. While the controller is away, or has not yet
/// taken up the operation after a restart, it waits.
/// </summary>
internal static class FileTransfer
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public static OperationResult Upload(UploadFiles upload, SupervisorContext context)
    {
        var files = FileTree.Find(context.Directory, new AntFileSet(upload.Include, upload.Exclude, upload.UseDefaultExcludes, upload.CaseSensitive), context.Cancel.Token);
        if (files.Count == 0 && !upload.AllowEmpty)
        {
            throw new OperationFault(NothingFound(upload, context.Directory));
        }

        var bytes = 0L;
        Persist(context, (stream, wire) =>
        {
            Send(stream, wire.Head("PUT", AgentProtocol.TransferPath + context.Spool.OperationId).Append("Content-Type: application/gzip\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"));
            var body = new ChunkedWriter(stream);
            try
            {
                bytes = ArchiveWriter.Write(body, context.Directory, files, keepLinks: upload.Purpose == UploadPurpose.Stash, context.Cancel.Token);
                body.Complete();
            }
            catch (IOException exception) when (exception.InnerException is SocketException && !context.Cancel.IsSet)
            {
                // A controller that refuses stops reading: its answer says more than our broken pipe. If there is none either, reading it fails.
            }

            Require(ReadHead(stream, context), stream, context);
        });
        return new FilesUploaded(files.Count, bytes);
    }

    public static OperationResult Download(SupervisorContext context)
    {
        Persist(context, (stream, wire) =>
        {
            Send(stream, wire.Head("GET", AgentProtocol.TransferPath + context.Spool.OperationId).Append("Connection: close\r\n\r\n"));
            var head = ReadHead(stream, context);
            Require(head, stream, context);
            ArchiveReader.Extract(head.Body(stream), context.Directory, context.Cancel.Token);
        });
        return new OperationDone();
    }

    private static string NothingFound(UploadFiles upload, string directory)
    {
        var patterns = upload.Include.Count == 0 ? "**" : string.Join(", ", upload.Include);
        var what = upload.Purpose switch
        {
            UploadPurpose.Stash => $"No files included in stash '{upload.Name}'",
            UploadPurpose.Artifacts => $"No artifacts found that match the file pattern \"{patterns}\". Configuration error?",
            _ => "No test report files were found. Configuration error?",
        };
        return Directory.Exists(directory)
            ? $"{what} (looked for '{patterns}' in '{directory}')"
            : $"{what} (the directory '{directory}' does not exist)";
    }

    private static void Persist(SupervisorContext context, Action<Stream, ControllerWire> transfer)
    {
        var wire = new ControllerWire(context.Origin);
        Deadline? until = null;
        for (var pause = TimeSpan.FromMilliseconds(100); ; pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, pause.Ticks * 2)))
        {
            try
            {
                using var stream = wire.OpenAsync(context.Cancel.Token).GetAwaiter().GetResult();

                // Reads and writes here block; cancelling closes the connection under them.
                using var interruption = context.Cancel.Token.Register(stream.Dispose);
                transfer(stream, wire);
                return;
            }
            catch (Exception exception) when (context.Cancel.IsSet)
            {
                throw new OperationCanceledException(exception.Message, exception, context.Cancel.Token);
            }
            catch (Exception exception) when (exception is WireException or InvalidDataException or EndOfStreamException || (exception is IOException { InnerException: SocketException }))
            {
                // From the first fault on: however long a transfer takes, one that breaks near its end has its chance.
                until ??= Deadline.In(LongestWait);
                if (exception is RefusedException || until.Value.HasPassed)
                {
                    throw new OperationFault($"The files could not be transferred between agent '{context.Origin.NodeName}' and the controller: {exception.Message}", isInfrastructure: true);
                }

                context.Cancel.Token.WaitHandle.WaitOne(pause);
            }
        }
    }

    private static void Send(Stream stream, StringBuilder head)
    {
        stream.Write(Encoding.UTF8.GetBytes(head.ToString()));
        stream.Flush();
    }

    private static HttpHead ReadHead(Stream stream, SupervisorContext context) => HttpHead.ReadAsync(stream, context.Cancel.Token).GetAwaiter().GetResult();

    /// <summary>422: the controller says no in words for the build log. 401 and 403: we are not who we say. Anything else that is no success passes.</summary>
    private static void Require(HttpHead head, Stream stream, SupervisorContext context)
    {
        if (head.Status is >= 200 and < 300)
        {
            return;
        }

        var why = head.ReadRefusalAsync(stream, context.Cancel.Token).GetAwaiter().GetResult();
        throw head.Status switch
        {
            422 => new OperationFault(why),
            507 => new OperationFault(why, isInfrastructure: true),
            401 or 403 or 413 => new RefusedException(head.Status, why),
            _ => new WireException($"{head.Status}: {why}"),
        };
    }
}
